"""The money of orders: asked of a bank, and kept in double-entry books."""
