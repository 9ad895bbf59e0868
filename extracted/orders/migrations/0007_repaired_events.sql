-- Whatever is applied is newer than what is here, but for a repair: that brings the version that is here,
-- with what the owner says it holds. The event says that then, and the projector shows it once more; a
-- state that was mended beside its events would be the old one again with the next command.
CREATE OR REPLACE FUNCTION orders.note_import() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    IF session_user = (SELECT s.applier_role FROM handover.side s) THEN
        INSERT INTO orders.event (order_id, version, type, data, at)
        VALUES (NEW.id, NEW.version, 'order_imported', pg_catalog.to_jsonb(NEW), NEW.updated_at)
        ON CONFLICT (order_id, version) DO UPDATE
           SET type = excluded.type, data = excluded.data, at = excluded.at,
               written_in = DEFAULT, position = DEFAULT;
        DELETE FROM orders.snapshot WHERE order_id = NEW.id AND version >= NEW.version;
    END IF;
    RETURN NULL;
END $$;
