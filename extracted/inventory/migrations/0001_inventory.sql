-- The rows of the domain. Text sorts by code point (COLLATE "C"), as on the other side.
CREATE TABLE inventory.warehouse (
    id         uuid PRIMARY KEY,
    slug       text COLLATE "C" NOT NULL CONSTRAINT warehouse_slug_unique UNIQUE,
    name       text NOT NULL,
    position   smallint NOT NULL DEFAULT 1,
    version    bigint NOT NULL DEFAULT 1,
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX warehouse_updated ON inventory.warehouse (updated_at);

-- No foreign keys: while history is copied, a fact about stock may arrive before the copy of its
-- warehouse, and the stream must never stop for that. The constraints hold whatever the code believes.
CREATE TABLE inventory.stock (
    id           uuid PRIMARY KEY,
    product_id   uuid NOT NULL,
    warehouse_id uuid NOT NULL,
    on_hand      bigint NOT NULL DEFAULT 0,
    reserved     bigint NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    version      bigint NOT NULL DEFAULT 1,
    updated_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT stock_place_unique UNIQUE (product_id, warehouse_id),
    -- With the one above: what is on hand is not negative either.
    CONSTRAINT stock_reserved_on_hand CHECK (on_hand >= reserved)
);
CREATE INDEX stock_updated ON inventory.stock (updated_at);

-- `portions`: [{position, stock_id, quantity}], from where the goods come.
CREATE TABLE inventory.reservation (
    id         uuid PRIMARY KEY,
    status     text NOT NULL CHECK (status IN ('held', 'confirmed', 'released', 'expired')),
    expires_at timestamptz NOT NULL,
    version    bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    portions   jsonb NOT NULL DEFAULT '[]'
);
CREATE INDEX reservation_held ON inventory.reservation (expires_at) WHERE status = 'held';
CREATE INDEX reservation_updated ON inventory.reservation (updated_at);

CREATE TABLE inventory.adjustment (
    id           uuid PRIMARY KEY,
    product_id   uuid NOT NULL,
    warehouse_id uuid NOT NULL,
    change       bigint NOT NULL CHECK (change <> 0),
    reason       text NOT NULL,
    note         text NOT NULL DEFAULT '',
    on_hand      bigint NOT NULL,
    adjusted_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX adjustment_by_product ON inventory.adjustment (product_id, id);
CREATE INDEX adjustment_at ON inventory.adjustment (adjusted_at);

-- The idempotency records: part of the domain, so they move with it.
CREATE TABLE inventory.command (
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
CREATE INDEX command_recorded ON inventory.command (recorded_at);

GRANT USAGE ON SCHEMA inventory TO inventory_app, inventory_applier, auditor;
GRANT SELECT ON inventory.warehouse TO inventory_app;
GRANT SELECT, INSERT, UPDATE ON inventory.stock, inventory.reservation TO inventory_app;
GRANT SELECT, INSERT ON inventory.adjustment, inventory.command TO inventory_app;
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON inventory.warehouse, inventory.stock,
    inventory.reservation, inventory.adjustment, inventory.command TO inventory_applier;
GRANT SELECT ON inventory.warehouse, inventory.stock, inventory.reservation, inventory.adjustment,
    inventory.command TO auditor;
