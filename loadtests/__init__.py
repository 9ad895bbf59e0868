"""People who use the shop, what they noted of it, and the verdict on what became of their writes."""
