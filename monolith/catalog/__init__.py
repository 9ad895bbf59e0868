"""Products and categories: the domain that leaves first."""
