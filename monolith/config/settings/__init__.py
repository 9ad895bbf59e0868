"""One module of settings per environment; `base` is what they share."""
