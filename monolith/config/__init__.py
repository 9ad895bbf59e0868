"""How the monolith is put together."""
