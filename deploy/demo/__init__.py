"""The story in one command: the catalog leaves the monolith under load, goes back, leaves again."""
