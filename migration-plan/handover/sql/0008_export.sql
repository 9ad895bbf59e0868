-- How far each stream has been carried to a further sink (Kafka). Written so that it may be run again:
-- a database that was installed before this file existed gets it by a migration of its own.
CREATE TABLE IF NOT EXISTS handover.export (
    sink          text,
    domain        text REFERENCES handover.stream ON DELETE CASCADE,
    last_sequence bigint DEFAULT 0 NOT NULL,
    exported_at   timestamptz,
    PRIMARY KEY (sink, domain)
);

-- A fact stays while a sink has not got it, however long ago RabbitMQ did; a fact without a number
-- was given to nobody. The net is here and not in whoever culls.
CREATE OR REPLACE FUNCTION handover.keep_unexported() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM handover.export e
                WHERE e.domain = OLD.domain AND e.last_sequence < OLD.stream_sequence) THEN
        RETURN NULL;
    END IF;
    RETURN OLD;
END $$;
CREATE OR REPLACE TRIGGER keep_unexported BEFORE DELETE ON handover.outbox
    FOR EACH ROW EXECUTE FUNCTION handover.keep_unexported();

REVOKE ALL ON FUNCTION handover.keep_unexported() FROM PUBLIC;
GRANT SELECT, INSERT, DELETE ON handover.export TO ${relay};
GRANT UPDATE (last_sequence, exported_at) ON handover.export TO ${relay};
GRANT SELECT ON handover.export TO ${operator}, ${auditor};
