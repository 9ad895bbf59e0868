"""Fill an empty shop with people, products and orders."""
