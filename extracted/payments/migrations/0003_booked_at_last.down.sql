CREATE OR REPLACE FUNCTION payments.require_booking() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    IF (NEW.state = 'done') <> EXISTS (
        SELECT 1 FROM payments.entry e WHERE e.operation_id = NEW.id) THEN
        RAISE EXCEPTION 'operation % is % and its booking says otherwise', NEW.id, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'operation_booked';
    END IF;
    RETURN NULL;
END $$;
