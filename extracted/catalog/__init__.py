"""The catalog service: products and categories, outside the monolith."""
