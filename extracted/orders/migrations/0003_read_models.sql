-- Read models: made from the events alone, by the projector, and made anew by one command. They do not
-- move with the domain, so no fence stands here.

-- How far the events have been shown; `shown_at` is when the last of them was written.
CREATE TABLE orders.projection (
    name       text PRIMARY KEY,
    written_in xid8 NOT NULL DEFAULT '0',
    position   bigint NOT NULL DEFAULT 0,
    shown_at   timestamptz
);
INSERT INTO orders.projection (name) VALUES ('read_models');

-- A customer's orders, ready to be served.
CREATE TABLE orders.history (
    order_id    uuid PRIMARY KEY,
    customer_id uuid NOT NULL,
    version     bigint NOT NULL,
    shown       jsonb NOT NULL
);
CREATE INDEX history_of_customer ON orders.history (customer_id, order_id DESC);

-- What each order has added to the sums below, so that it can be taken off again.
CREATE TABLE orders.sale (
    order_id    uuid PRIMARY KEY,
    version     bigint NOT NULL,
    day         date NOT NULL,
    customer_id uuid NOT NULL,
    currency    text NOT NULL,
    amount      bigint NOT NULL,
    lines       jsonb NOT NULL,
    counts      boolean NOT NULL
);
CREATE TABLE orders.sales_of_day (
    day      date NOT NULL,
    currency text NOT NULL,
    orders   bigint NOT NULL,
    revenue  numeric NOT NULL,
    PRIMARY KEY (day, currency)
);
-- Also by name: what was sold under a name can be taken off again.
CREATE TABLE orders.sales_of_product (
    day        date NOT NULL,
    product_id uuid NOT NULL,
    currency   text NOT NULL,
    name       text NOT NULL,
    orders     bigint NOT NULL,
    quantity   bigint NOT NULL,
    revenue    numeric NOT NULL,
    PRIMARY KEY (day, product_id, currency, name)
);
CREATE TABLE orders.sales_of_customer (
    day         date NOT NULL,
    customer_id uuid NOT NULL,
    currency    text NOT NULL,
    orders      bigint NOT NULL,
    revenue     numeric NOT NULL,
    PRIMARY KEY (day, customer_id, currency)
);

-- Whom we have heard of, and how to write to them; asked of the monolith now and then.
CREATE TABLE orders.customer (
    id       uuid PRIMARY KEY,
    name     text NOT NULL,
    email    text NOT NULL,
    seen_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE FUNCTION orders.wake_projector() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    PERFORM pg_catalog.pg_notify('orders_event', '');
    RETURN NULL;
END $$;
CREATE TRIGGER wake_projector AFTER INSERT ON orders.event
    FOR EACH STATEMENT EXECUTE FUNCTION orders.wake_projector();

-- A copy that is emptied to begin anew takes its history with it.
CREATE FUNCTION orders.forget_history() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    TRUNCATE orders.event, orders.snapshot, orders.history, orders.sale, orders.sales_of_day,
        orders.sales_of_product, orders.sales_of_customer;
    RETURN NULL;
END $$;
CREATE TRIGGER forget_history AFTER TRUNCATE ON orders.purchase
    FOR EACH STATEMENT EXECUTE FUNCTION orders.forget_history();

GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON orders.projection, orders.history, orders.sale,
    orders.sales_of_day, orders.sales_of_product, orders.sales_of_customer TO orders_app;
GRANT SELECT, INSERT, UPDATE ON orders.customer TO orders_app;
GRANT SELECT ON orders.projection, orders.history, orders.sale, orders.sales_of_day,
    orders.sales_of_product, orders.sales_of_customer, orders.customer TO auditor;
