"""Inventory: what there is, what is kept for whom, and why there is as much as there is."""
