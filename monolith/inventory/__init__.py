"""What is in stock, where, and for whom it is kept."""
