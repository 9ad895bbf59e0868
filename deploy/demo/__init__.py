"""The story in one command: a shop under load, and what became of every write."""
