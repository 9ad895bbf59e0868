"""The language of the API: what is asked and answered, in values that are checked; no framework, no database."""
