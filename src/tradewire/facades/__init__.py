"""Other ways to program against the one engine."""
