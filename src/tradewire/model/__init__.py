"""What trading is: instruments, exact numbers, channels, events, books, secrets. Pure values and rules."""
