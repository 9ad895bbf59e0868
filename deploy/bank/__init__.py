"""A bank for rehearsals: a third party with books of its own, which the payments service asks."""
