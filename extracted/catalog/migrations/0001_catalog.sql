-- The rows of the domain. Text sorts by code point (COLLATE "C"), as on the other side.
CREATE TABLE catalog.category (
    id         uuid PRIMARY KEY,
    slug       text COLLATE "C" NOT NULL UNIQUE,
    name       text NOT NULL,
    version    bigint NOT NULL DEFAULT 1,
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX category_updated ON catalog.category (updated_at);

-- No foreign key to category: while history is copied, a fact about a product may arrive before the
-- copy of its category, and the stream must never stop for that. Our own writes look the category
-- up in their transaction, and nothing here deletes one.
CREATE TABLE catalog.product (
    id          uuid PRIMARY KEY,
    sku         text COLLATE "C" NOT NULL CONSTRAINT product_sku_unique UNIQUE,
    name        text COLLATE "C" NOT NULL,
    description text NOT NULL,
    category_id uuid NOT NULL,
    amount      bigint NOT NULL CHECK (amount >= 0),
    currency    text NOT NULL,
    version     bigint NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    search      tsvector NOT NULL
                GENERATED ALWAYS AS (to_tsvector('simple', name || ' ' || description)) STORED
);
CREATE INDEX product_by_name ON catalog.product (name, id);
CREATE INDEX product_by_price ON catalog.product (amount, id);
CREATE INDEX product_by_category ON catalog.product (category_id, id);
CREATE INDEX product_updated ON catalog.product (updated_at);
CREATE INDEX product_search ON catalog.product USING gin (search);

-- The idempotency records: part of the domain, so they move with it.
CREATE TABLE catalog.command (
    key          uuid PRIMARY KEY,
    request_hash text NOT NULL,
    aggregate_id uuid NOT NULL,
    version      bigint NOT NULL,
    status       integer NOT NULL,
    response     jsonb,
    epoch        bigint NOT NULL,
    side         text NOT NULL CHECK (side IN ('monolith', 'service')),
    recorded_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX command_recorded ON catalog.command (recorded_at);
CREATE INDEX command_aggregate ON catalog.command (aggregate_id);

GRANT USAGE ON SCHEMA catalog TO catalog_app, catalog_applier, auditor;
GRANT SELECT ON catalog.category TO catalog_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON catalog.product TO catalog_app;
GRANT SELECT, INSERT ON catalog.command TO catalog_app;
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE
    ON catalog.category, catalog.product, catalog.command TO catalog_applier;
GRANT SELECT ON catalog.category, catalog.product, catalog.command TO auditor;
