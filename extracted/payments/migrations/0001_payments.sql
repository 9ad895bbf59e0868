-- The rows of the domain. Text sorts by code point (COLLATE "C"), as on the other side.
CREATE TABLE payments.payment (
    id             uuid PRIMARY KEY,
    order_id       uuid NOT NULL,
    -- The provider's reference to a card, not a card: asking again needs it.
    card_token     text NOT NULL,
    amount         bigint NOT NULL CHECK (amount > 0),
    currency       text NOT NULL,
    status         text NOT NULL DEFAULT 'uncertain' CHECK
        (status IN ('uncertain', 'authorized', 'declined', 'captured', 'voided', 'refunded')),
    refunded       bigint NOT NULL DEFAULT 0,
    decline_reason text,
    version        bigint NOT NULL DEFAULT 1,
    created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT payment_refunded_at_most_all CHECK (refunded BETWEEN 0 AND amount)
);
CREATE INDEX payment_by_order ON payments.payment (order_id, id);
CREATE INDEX payment_updated ON payments.payment (updated_at);

-- No foreign keys: while history is copied, a fact about an operation may arrive before the copy of
-- its payment, and the stream must never stop for that.
CREATE TABLE payments.operation (
    id          uuid PRIMARY KEY,
    payment_id  uuid NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('authorize', 'capture', 'void', 'refund')),
    amount      bigint NOT NULL,
    state       text NOT NULL DEFAULT 'asked' CHECK (state IN ('asked', 'done', 'refused')),
    reason      text,
    epoch       bigint NOT NULL,
    version     bigint NOT NULL DEFAULT 1,
    asked_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    answered_at timestamptz,
    updated_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
-- At most one open question per payment: no two answers can contradict each other.
CREATE UNIQUE INDEX operation_one_open ON payments.operation (payment_id) WHERE state = 'asked';
CREATE INDEX operation_by_payment ON payments.operation (payment_id, asked_at);
CREATE INDEX operation_open ON payments.operation (asked_at) WHERE state = 'asked';
CREATE INDEX operation_updated ON payments.operation (updated_at);

-- The books: debits above zero, credits below; one line per operation and account.
CREATE TABLE payments.entry (
    operation_id uuid NOT NULL,
    account      text COLLATE "C" NOT NULL,
    amount       bigint NOT NULL CHECK (amount <> 0),
    currency     text NOT NULL,
    booked_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (operation_id, account)
);

-- Deferred: the lines of a booking are written one after the other, and judged at the commit. The
-- applier is judged too: an operation and its entries arrive together, or not at all.
CREATE FUNCTION payments.require_balance() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
    uneven record;
BEGIN
    SELECT e.operation_id, e.currency, pg_catalog.sum(e.amount) AS total INTO uneven
      FROM payments.entry e
     WHERE e.operation_id IN (NEW.operation_id, OLD.operation_id)
     GROUP BY e.operation_id, e.currency HAVING pg_catalog.sum(e.amount) <> 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the entries of operation % sum to % % instead of zero',
            uneven.operation_id, uneven.total, uneven.currency
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_balance';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER entry_balance
    AFTER INSERT OR UPDATE OR DELETE ON payments.entry
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION payments.require_balance();

CREATE FUNCTION payments.require_booking() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    IF (NEW.state = 'done') <> EXISTS (
        SELECT 1 FROM payments.entry e WHERE e.operation_id = NEW.id) THEN
        RAISE EXCEPTION 'operation % is % and its booking says otherwise', NEW.id, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'operation_booked';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER operation_booked
    AFTER INSERT OR UPDATE ON payments.operation
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION payments.require_booking();

GRANT USAGE ON SCHEMA payments TO payments_app, payments_applier, auditor;
GRANT SELECT, INSERT, UPDATE ON payments.payment, payments.operation TO payments_app;
-- Books are written with ink; a mistake is righted by another booking.
GRANT SELECT, INSERT ON payments.entry TO payments_app;
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON payments.payment, payments.operation, payments.entry
    TO payments_applier;
GRANT SELECT ON payments.payment, payments.operation, payments.entry TO auditor;
