"""An invented shop, put where each part of it belongs: into the monolith's database and the services'."""
