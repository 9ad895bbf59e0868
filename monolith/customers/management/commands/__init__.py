"""Commands of customers."""
