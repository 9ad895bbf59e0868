"""Where each seam stands, and who may write behind it."""
