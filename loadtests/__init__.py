"""People who use the shop, what they noted of it, and what became of their writes."""
