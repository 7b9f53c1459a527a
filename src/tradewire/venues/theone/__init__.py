"""TheOne, a broker: swaps and balances over one authenticated stream, and the same over REST."""
