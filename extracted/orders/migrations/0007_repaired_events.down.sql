CREATE OR REPLACE FUNCTION orders.note_import() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    IF session_user = (SELECT s.applier_role FROM handover.side s) THEN
        INSERT INTO orders.event (order_id, version, type, data, at)
        VALUES (NEW.id, NEW.version, 'order_imported', pg_catalog.to_jsonb(NEW), NEW.updated_at)
        ON CONFLICT (order_id, version) DO NOTHING;
    END IF;
    RETURN NULL;
END $$;
