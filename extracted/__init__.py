"""The vine: the Nameko services that grow around the monolith and take its domains over."""
