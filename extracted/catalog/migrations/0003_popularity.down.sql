DROP TABLE catalog.inbox_event, catalog.popularity;
