"""Facts written beside the rows they describe."""
