-- The rows of the domain: a mail per order and status, written once, then sent.
-- `next_try_at` is also the lease of whoever is sending it. Who it goes to, and the order as it was,
-- travel with it: nobody has to be asked when it is sent.
CREATE TABLE notifications.mail (
    id          uuid PRIMARY KEY,
    order_id    uuid NOT NULL,
    customer_id uuid NOT NULL,
    status      text NOT NULL,
    about       jsonb NOT NULL,
    contact     jsonb,
    recipient   text,
    subject     text,
    body        text,
    tries       integer NOT NULL DEFAULT 0,
    error       text,
    version     bigint NOT NULL DEFAULT 1,
    written_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    next_try_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    sent_at     timestamptz,
    updated_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT mail_once_per_status UNIQUE (order_id, status)
);
CREATE INDEX mail_unsent ON notifications.mail (next_try_at, id) WHERE sent_at IS NULL;
CREATE INDEX mail_updated ON notifications.mail (updated_at);

GRANT USAGE ON SCHEMA notifications TO notifications_app, notifications_applier, auditor;
GRANT SELECT, INSERT, UPDATE ON notifications.mail TO notifications_app;
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON notifications.mail TO notifications_applier;
GRANT SELECT ON notifications.mail TO auditor;
