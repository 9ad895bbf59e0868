-- Deferred triggers fire for every change of a row, each with the row as that change left it. Where
-- an operation is asked and done in one transaction, as in a batch of the applier, what counts is
-- what it is at the end.
CREATE OR REPLACE FUNCTION payments.require_booking() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
    wrong record;
BEGIN
    SELECT o.id, o.state INTO wrong FROM payments.operation o
     WHERE o.id = NEW.id AND (o.state = 'done') <> EXISTS (
        SELECT 1 FROM payments.entry e WHERE e.operation_id = o.id);
    IF FOUND THEN
        RAISE EXCEPTION 'operation % is % and its booking says otherwise', wrong.id, wrong.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'operation_booked';
    END IF;
    RETURN NULL;
END $$;
