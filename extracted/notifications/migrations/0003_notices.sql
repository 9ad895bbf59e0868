-- What was heard of orders and is not a mail yet: an inbox, kept whoever owns the mails. It does not
-- move with the domain, so no fence stands here; the id is the mail's.
CREATE TABLE notifications.notice (
    id          uuid PRIMARY KEY,
    order_id    uuid NOT NULL,
    customer_id uuid NOT NULL,
    status      text NOT NULL,
    about       jsonb NOT NULL,
    contact     jsonb,
    occurred_at timestamptz NOT NULL,
    heard_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (order_id, status)
);
CREATE INDEX notice_in_order ON notifications.notice (occurred_at, id);
CREATE INDEX notice_heard ON notifications.notice (heard_at);

GRANT SELECT, INSERT, DELETE, UPDATE ON notifications.notice TO notifications_app;
GRANT SELECT ON notifications.notice TO auditor;
-- A mail is told to the other side as the view shows it.
GRANT SELECT ON handover.image_notifications_mail TO notifications_app;
