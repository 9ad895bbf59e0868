-- What the last step of a seam needs, and what tells people why something stands still. It may be run
-- again: a database that was installed before this file existed gets it by a migration of its own.

-- Why the applier does not get on; it goes on trying, and clears this when it does.
ALTER TABLE handover.inbox ADD COLUMN IF NOT EXISTS trouble text;
ALTER TABLE handover.inbox ADD COLUMN IF NOT EXISTS trouble_at timestamptz;

SELECT handover.count_refusals(o.domain) FROM handover.ownership o;

-- Refused writes of a domain since it was registered: caught by the net, and turned away at the door.
CREATE OR REPLACE FUNCTION handover.refusals(p_domain text)
RETURNS TABLE (caught bigint, late bigint)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
    SELECT coalesce(pg_catalog.pg_sequence_last_value(pg_catalog.to_regclass(
               pg_catalog.format('handover.%I', 'caught_' || p_domain))), 0),
           coalesce(pg_catalog.pg_sequence_last_value(pg_catalog.to_regclass(
               pg_catalog.format('handover.%I', 'late_' || p_domain))), 0)
$$;

-- A domain whose copy the monolith gives up. The applier no longer follows it from the first row on;
-- until the stream is ended the row may be taken back.
CREATE TABLE IF NOT EXISTS handover.retirement (
    domain     text PRIMARY KEY,
    begun_at   timestamptz DEFAULT clock_timestamp() NOT NULL,
    ended_at   timestamptz,
    dump       jsonb,
    aside_at   timestamptz,
    dropped_at timestamptz
);

-- All tables on which the fence of a domain stands, partitions too.
CREATE OR REPLACE FUNCTION handover.tables_of(p_domain text) RETURNS SETOF regclass
LANGUAGE sql STABLE SET search_path = '' AS $$
    SELECT c.oid::regclass
      FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
     WHERE t.tgname = 'handover_fence' AND c.relkind IN ('r', 'p')
       AND t.tgargs = pg_catalog.convert_to(p_domain, 'UTF8') || '\x00'::bytea
     ORDER BY c.relname
$$;

-- Let the applier leave the domain where it is, and the operator read the tables for their dump.
CREATE OR REPLACE FUNCTION handover.begin_retirement(p_domain text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    t regclass;
    gone regclass;
BEGIN
    PERFORM 1 FROM handover.ownership o WHERE o.domain = p_domain AND o.mode <> 'OWNER';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'this side owns the writes of %', p_domain USING ERRCODE = 'DM004';
    END IF;
    FOR t IN SELECT handover.tables_of(p_domain) LOOP
        EXECUTE pg_catalog.format('GRANT SELECT ON %s TO ${operator}', t);
        FOR gone IN SELECT d.objid::regclass FROM pg_catalog.pg_depend d
                      JOIN pg_catalog.pg_class s ON s.oid = d.objid AND s.relkind = 'S'
                     WHERE d.refobjid = t AND d.deptype IN ('a', 'i') LOOP
            EXECUTE pg_catalog.format('GRANT SELECT ON SEQUENCE %s TO ${operator}', gone);
        END LOOP;
    END LOOP;
    INSERT INTO handover.retirement (domain) VALUES (p_domain) ON CONFLICT DO NOTHING;
    RETURN FOUND;
END $$;

-- Follow the domain again; false when its stream has been ended.
CREATE OR REPLACE FUNCTION handover.forget_retirement(p_domain text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    DELETE FROM handover.retirement WHERE domain = p_domain AND ended_at IS NULL;
    RETURN NOT EXISTS (SELECT 1 FROM handover.retirement WHERE domain = p_domain);
END $$;

-- From here on there is no way back. At the owner nobody listens to the stream any more (others may
-- hear its events as before); at the other side this is only noted.
CREATE OR REPLACE FUNCTION handover.end_stream(p_domain text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    UPDATE handover.stream SET receiver = NULL WHERE domain = p_domain AND receiver IS NOT NULL;
    INSERT INTO handover.retirement (domain, ended_at)
    VALUES (p_domain, pg_catalog.clock_timestamp())
    ON CONFLICT (domain) DO UPDATE SET ended_at = coalesce(retirement.ended_at, excluded.ended_at);
    RETURN FOUND;
END $$;

CREATE OR REPLACE FUNCTION handover.note_dump(p_domain text, p_dump jsonb) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
    UPDATE handover.retirement SET dump = p_dump WHERE domain = p_domain AND ended_at IS NOT NULL
$$;

-- What stands where a table was: whoever reads or writes it learns why it is not there.
CREATE OR REPLACE FUNCTION handover.gone(p_domain text) RETURNS SETOF record
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    RAISE EXCEPTION '% was retired from this database: its service has the rows', p_domain
        USING ERRCODE = 'DM005', HINT = pg_catalog.format('strangler status %s', p_domain);
END $$;

CREATE OR REPLACE FUNCTION handover.gone_row() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    RAISE EXCEPTION '% was retired from this database: its service has the rows', TG_ARGV[0]
        USING ERRCODE = 'DM005', HINT = pg_catalog.format('strangler status %s', TG_ARGV[0]);
END $$;

-- Move the tables to a schema that only their owner may enter, and put a view in the place of each that
-- answers every question with DM005; the fence stands on the view as it stood on the table, so that a
-- writer who comes by the door is sent on to the service as before. One transaction; at most
-- p_lock_timeout_ms of waiting for each table (then 55P03, and nothing has happened).
CREATE OR REPLACE FUNCTION handover.set_aside(p_domain text, p_lock_timeout_ms integer)
RETURNS integer LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    aside name := 'retired_' || p_domain;
    t record;
    columns text;
    moved integer := 0;
BEGIN
    PERFORM pg_catalog.set_config('lock_timeout', p_lock_timeout_ms::text, true);
    PERFORM 1 FROM handover.retirement r
      WHERE r.domain = p_domain AND r.ended_at IS NOT NULL AND r.dump IS NOT NULL FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION '% has no dump, or its stream goes on', p_domain USING ERRCODE = 'DM004';
    END IF;
    EXECUTE pg_catalog.format('CREATE SCHEMA IF NOT EXISTS %I', aside);
    EXECUTE pg_catalog.format('GRANT USAGE ON SCHEMA %I TO ${operator}', aside);
    FOR t IN SELECT c.oid, c.relname, n.nspname
               FROM handover.tables_of(p_domain) f JOIN pg_catalog.pg_class c ON c.oid = f
               JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
              WHERE n.nspname <> aside LOOP
        SELECT pg_catalog.string_agg(pg_catalog.format('%I %s', a.attname,
                   pg_catalog.format_type(a.atttypid, a.atttypmod)), ', ' ORDER BY a.attnum)
          INTO columns FROM pg_catalog.pg_attribute a
         WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped;
        EXECUTE pg_catalog.format('ALTER TABLE %I.%I SET SCHEMA %I', t.nspname, t.relname, aside);
        EXECUTE pg_catalog.format(
            'CREATE VIEW %I.%I AS SELECT * FROM handover.gone(%L) AS gone (%s)',
            t.nspname, t.relname, p_domain, columns);
        EXECUTE pg_catalog.format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I.%I TO ${app}',
            t.nspname, t.relname);
        EXECUTE pg_catalog.format(
            'CREATE TRIGGER handover_fence BEFORE INSERT OR UPDATE OR DELETE ON %I.%I '
            'FOR EACH STATEMENT EXECUTE FUNCTION handover.guard(%L)', t.nspname, t.relname, p_domain);
        EXECUTE pg_catalog.format(
            'CREATE TRIGGER handover_gone INSTEAD OF INSERT OR UPDATE OR DELETE ON %I.%I '
            'FOR EACH ROW EXECUTE FUNCTION handover.gone_row(%L)', t.nspname, t.relname, p_domain);
        moved := moved + 1;
    END LOOP;
    UPDATE handover.retirement SET aside_at = coalesce(aside_at, pg_catalog.clock_timestamp())
     WHERE domain = p_domain;
    RETURN moved;
END $$;

-- Drop what was set aside. Without CASCADE: whatever else hangs on the tables keeps them.
CREATE OR REPLACE FUNCTION handover.drop_aside(p_domain text, p_lock_timeout_ms integer)
RETURNS integer LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    aside name := 'retired_' || p_domain;
    e record;
    tables text;
    dropped integer;
BEGIN
    PERFORM pg_catalog.set_config('lock_timeout', p_lock_timeout_ms::text, true);
    PERFORM 1 FROM handover.retirement r
      WHERE r.domain = p_domain AND r.aside_at IS NOT NULL AND r.dump IS NOT NULL FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION '% was not set aside', p_domain USING ERRCODE = 'DM004';
    END IF;
    FOR e IN SELECT name FROM handover.entity WHERE domain = p_domain LOOP
        EXECUTE pg_catalog.format('DROP VIEW IF EXISTS handover.%I, handover.%I',
            'image_' || p_domain || '_' || e.name, 'digest_' || p_domain || '_' || e.name);
    END LOOP;
    SELECT pg_catalog.string_agg(f::text, ', '), pg_catalog.count(*) INTO tables, dropped
      FROM handover.tables_of(p_domain) f;
    IF dropped > 0 THEN
        EXECUTE 'DROP TABLE ' || tables;
    END IF;
    EXECUTE pg_catalog.format('DROP SCHEMA IF EXISTS %I', aside);
    DELETE FROM handover.entity WHERE domain = p_domain;
    DELETE FROM handover.tombstone WHERE domain = p_domain;
    UPDATE handover.retirement SET dropped_at = coalesce(dropped_at, pg_catalog.clock_timestamp())
     WHERE domain = p_domain;
    RETURN dropped;
END $$;

REVOKE ALL ON FUNCTION handover.refusals(text), handover.tables_of(text),
    handover.begin_retirement(text), handover.forget_retirement(text), handover.end_stream(text),
    handover.note_dump(text, jsonb), handover.set_aside(text, integer),
    handover.drop_aside(text, integer), handover.gone_row() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION handover.gone(text), handover.gone_row() TO PUBLIC;
GRANT EXECUTE ON FUNCTION handover.refusals(text), handover.tables_of(text),
    handover.begin_retirement(text), handover.forget_retirement(text), handover.end_stream(text),
    handover.note_dump(text, jsonb), handover.set_aside(text, integer),
    handover.drop_aside(text, integer) TO ${operator};
GRANT SELECT ON handover.retirement TO ${operator}, ${auditor}, ${app}, ${applier}, ${relay};
