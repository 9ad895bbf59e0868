"""A bank for rehearsals: a third party with books of its own, which is asked and can be away."""
