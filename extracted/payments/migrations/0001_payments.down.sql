DROP TABLE payments.entry, payments.operation, payments.payment;
DROP FUNCTION payments.require_balance(), payments.require_booking();
REVOKE USAGE ON SCHEMA payments FROM payments_app, payments_applier, auditor;
