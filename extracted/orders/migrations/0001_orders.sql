-- Orders are event-sourced: `event` is the truth, everything else about an order can be made from it.
-- `position` is the order of appending, `written_in` the transaction: see `extracted.orders.projector`.
CREATE TABLE orders.event (
    order_id   uuid NOT NULL,
    version    bigint NOT NULL,
    type       text NOT NULL,
    data       jsonb NOT NULL,
    at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    position   bigint GENERATED ALWAYS AS IDENTITY,
    written_in xid8 NOT NULL DEFAULT pg_current_xact_id(),
    PRIMARY KEY (order_id, version)
);
CREATE UNIQUE INDEX event_in_order ON orders.event (written_in, position);

-- The state after some version, so that a long history need not be read from its beginning.
CREATE TABLE orders.snapshot (
    order_id uuid PRIMARY KEY,
    version  bigint NOT NULL,
    state    jsonb NOT NULL
);

-- The present state of each order, written in the transaction of its event: what a command locks, what
-- one order is shown from, and what travels to the other side.
CREATE TABLE orders.purchase (
    id               uuid PRIMARY KEY,
    customer_id      uuid NOT NULL,
    client_reference text,
    status           text NOT NULL,
    total_amount     bigint NOT NULL CHECK (total_amount >= 0),
    total_currency   text NOT NULL,
    version          bigint NOT NULL,
    placed_at        timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    lines            jsonb NOT NULL
);
CREATE INDEX purchase_of_customer ON orders.purchase (customer_id);
CREATE INDEX purchase_updated ON orders.purchase (updated_at);
CREATE INDEX purchase_unpaid ON orders.purchase (placed_at) WHERE status = 'placed';

-- What the other side has written comes as a state, by the applier; here it becomes an event, so that
-- the events tell the whole story of every order whoever owned it.
CREATE FUNCTION orders.note_import() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    IF session_user = (SELECT s.applier_role FROM handover.side s) THEN
        INSERT INTO orders.event (order_id, version, type, data, at)
        VALUES (NEW.id, NEW.version, 'order_imported', pg_catalog.to_jsonb(NEW), NEW.updated_at)
        ON CONFLICT (order_id, version) DO NOTHING;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER note_import AFTER INSERT OR UPDATE ON orders.purchase
    FOR EACH ROW EXECUTE FUNCTION orders.note_import();

CREATE TABLE orders.cart (
    customer_id uuid PRIMARY KEY,
    version     bigint NOT NULL DEFAULT 0,
    updated_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    lines       jsonb NOT NULL DEFAULT '[]'
);
CREATE INDEX cart_updated ON orders.cart (updated_at);

-- Sagas: where a purchase or a refund stands, so that it survives a crash at any step.
CREATE TABLE orders.checkout (
    id               uuid PRIMARY KEY,
    key              uuid NOT NULL CONSTRAINT checkout_key_unique UNIQUE,
    request_hash     text NOT NULL,
    order_id         uuid NOT NULL UNIQUE,
    payment_id       uuid NOT NULL,
    reservation_id   uuid NOT NULL,
    step             text NOT NULL,
    problem_kind     text NOT NULL DEFAULT '',
    problem_detail   text NOT NULL DEFAULT '',
    leased_until     timestamptz NOT NULL,
    version          bigint NOT NULL DEFAULT 1,
    created_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    customer_id      uuid NOT NULL,
    client_reference text,
    card_token       text NOT NULL,
    lines            jsonb NOT NULL,
    total_amount     bigint NOT NULL,
    total_currency   text NOT NULL
);
CREATE INDEX checkout_open ON orders.checkout (leased_until) WHERE step NOT IN ('done', 'failed');
CREATE INDEX checkout_updated ON orders.checkout (updated_at);

CREATE TABLE orders.refund (
    id             uuid PRIMARY KEY,
    key            uuid NOT NULL CONSTRAINT refund_key_unique UNIQUE,
    request_hash   text NOT NULL,
    order_id       uuid NOT NULL,
    payment_id     uuid NOT NULL,
    reservation_id uuid NOT NULL,
    step           text NOT NULL,
    problem_kind   text NOT NULL DEFAULT '',
    problem_detail text NOT NULL DEFAULT '',
    leased_until   timestamptz NOT NULL,
    version        bigint NOT NULL DEFAULT 1,
    created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    amount         bigint NOT NULL,
    currency       text NOT NULL,
    reason         text NOT NULL,
    restocks       boolean NOT NULL
);
CREATE UNIQUE INDEX refund_order_unique ON orders.refund (order_id) WHERE step <> 'failed';
CREATE INDEX refund_open ON orders.refund (leased_until) WHERE step NOT IN ('done', 'failed');
CREATE INDEX refund_updated ON orders.refund (updated_at);

-- The idempotency records: part of the domain, so they move with it.
CREATE TABLE orders.command (
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
CREATE INDEX command_recorded ON orders.command (recorded_at);

GRANT USAGE ON SCHEMA orders TO orders_app, orders_applier, auditor;
-- Events are written once: a mistake is righted by another event.
GRANT SELECT, INSERT ON orders.event, orders.command TO orders_app;
GRANT SELECT, INSERT, UPDATE ON orders.snapshot, orders.purchase, orders.cart, orders.checkout,
    orders.refund TO orders_app;
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON orders.purchase, orders.cart, orders.checkout,
    orders.refund, orders.command TO orders_applier;
GRANT SELECT ON orders.event, orders.snapshot, orders.purchase, orders.cart, orders.checkout,
    orders.refund, orders.command TO auditor;
