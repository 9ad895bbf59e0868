DROP TABLE orders.event, orders.snapshot, orders.purchase, orders.cart, orders.checkout, orders.refund,
    orders.command;
DROP FUNCTION orders.note_import();
REVOKE USAGE ON SCHEMA orders FROM orders_app, orders_applier, auditor;
