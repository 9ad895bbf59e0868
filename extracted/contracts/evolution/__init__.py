"""Tells a breaking change of the published language from a compatible one: `make contracts`."""
