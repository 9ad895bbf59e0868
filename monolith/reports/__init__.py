"""Reports over what the services hold: added up there, and put together here."""
