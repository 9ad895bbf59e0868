-- A read model of our own, fed by the events of orders. It does not move with the domain, so no
-- fence stands here; it may be emptied and filled again from the events.
CREATE TABLE catalog.popularity (
    product_id uuid PRIMARY KEY,
    ordered    bigint NOT NULL CHECK (ordered >= 0)
);
CREATE INDEX popularity_most_ordered ON catalog.popularity (ordered DESC, product_id);

-- Events already handled, by consumer: noted in the transaction of their effect.
CREATE TABLE catalog.inbox_event (
    consumer   text NOT NULL,
    event_id   uuid NOT NULL,
    handled_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (consumer, event_id)
);
CREATE INDEX inbox_event_handled ON catalog.inbox_event (handled_at);

GRANT SELECT, INSERT, UPDATE ON catalog.popularity TO catalog_app;
GRANT SELECT, INSERT, DELETE ON catalog.inbox_event TO catalog_app;
GRANT SELECT ON catalog.popularity, catalog.inbox_event TO auditor;
