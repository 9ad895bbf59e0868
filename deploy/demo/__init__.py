"""The story in one command: five domains leave the monolith under load, one goes back and leaves again."""
