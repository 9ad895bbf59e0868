"""The story in one command: three domains leave the monolith under load, one goes back and leaves again."""
