"""The story in one command: two domains leave the monolith under load, one goes back and leaves again."""
