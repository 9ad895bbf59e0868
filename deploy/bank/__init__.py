"""A bank for rehearsals: a third party with books of its own, which both sides of a handover ask."""
