"""Let the database watch over the books."""

from django.db import migrations

from monolith.outbox.roles import ROLES, grants_sql

TABLES = [
    "public.payments_payment",
    "public.payments_operation",
    "public.payments_entry",
    # The far side of the sandbox: the application plays it.
    "public.sandbox_operation",
]

# Deferred: the lines of a booking are written one after the other, and judged at the commit.
BALANCE = """
CREATE FUNCTION payments_require_balance() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
    uneven record;
BEGIN
    SELECT e.operation_id, e.currency, pg_catalog.sum(e.amount) AS total INTO uneven
      FROM public.payments_entry e
     WHERE e.operation_id IN (NEW.operation_id, OLD.operation_id)
     GROUP BY e.operation_id, e.currency HAVING pg_catalog.sum(e.amount) <> 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the entries of operation % sum to % % instead of zero',
            uneven.operation_id, uneven.total, uneven.currency
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payments_entry_balance';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER payments_entry_balance
    AFTER INSERT OR UPDATE OR DELETE ON payments_entry
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION payments_require_balance();

CREATE FUNCTION payments_require_booking() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    IF (NEW.state = 'done') <> EXISTS (
        SELECT 1 FROM public.payments_entry e WHERE e.operation_id = NEW.id) THEN
        RAISE EXCEPTION 'operation % is % and its booking says otherwise', NEW.id, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payments_operation_booked';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER payments_operation_booked
    AFTER INSERT OR UPDATE ON payments_operation
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION payments_require_booking();
"""
NO_BALANCE = """
DROP TRIGGER payments_operation_booked ON payments_operation;
DROP FUNCTION payments_require_booking();
DROP TRIGGER payments_entry_balance ON payments_entry;
DROP FUNCTION payments_require_balance();
"""
# Books are written with ink; a mistake is righted by another booking.
INK = f"REVOKE UPDATE, DELETE ON payments_entry FROM {ROLES.app};"


class Migration(migrations.Migration):
    """From the first booking on."""

    dependencies = [("payments", "0001_initial")]
    operations = [
        migrations.RunSQL(sql=grants_sql(TABLES) + INK, reverse_sql=migrations.RunSQL.noop),
        migrations.RunSQL(sql=BALANCE, reverse_sql=NO_BALANCE),
    ]
