"""The money of orders: asked of a provider, and kept in double-entry books."""
