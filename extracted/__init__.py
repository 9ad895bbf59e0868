"""The vine, not planted yet: the published language of all that may leave the monolith one day."""
