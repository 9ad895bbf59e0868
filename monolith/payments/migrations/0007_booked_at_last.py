"""Judge an operation by what it is at the end of the transaction, and not at each change of it.

Deferred triggers fire for every change of a row, each with the row as that change left it. A batch
of the applier may hold both that an operation was asked and that it is done.
"""

from django.db import migrations

AT_LAST = """
CREATE OR REPLACE FUNCTION payments_require_booking() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
    wrong record;
BEGIN
    SELECT o.id, o.state INTO wrong FROM public.payments_operation o
     WHERE o.id = NEW.id AND (o.state = 'done') <> EXISTS (
        SELECT 1 FROM public.payments_entry e WHERE e.operation_id = o.id);
    IF FOUND THEN
        RAISE EXCEPTION 'operation % is % and its booking says otherwise', wrong.id, wrong.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payments_operation_booked';
    END IF;
    RETURN NULL;
END $$;
"""
AT_EACH_CHANGE = """
CREATE OR REPLACE FUNCTION payments_require_booking() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    IF (NEW.state = 'done') <> EXISTS (
        SELECT 1 FROM public.payments_entry e WHERE e.operation_id = NEW.id) THEN
        RAISE EXCEPTION 'operation % is % and its booking says otherwise', NEW.id, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payments_operation_booked';
    END IF;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    """Only the function changes."""

    dependencies = [("payments", "0006_moves")]
    operations = [migrations.RunSQL(sql=AT_LAST, reverse_sql=AT_EACH_CHANGE)]
