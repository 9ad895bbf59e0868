-- The door and the net. Every function is SECURITY DEFINER with an empty search_path: the roles of
-- the application call them and own nothing.
--
-- One advisory lock per domain: writers hold it shared until they commit, a release takes it
-- exclusively. So the release waits for the writers in flight and the later ones queue behind it.
-- Measured against SELECT ... FOR SHARE on the ownership row: no MultiXact and no WAL per write.

CREATE FUNCTION handover.lock_key(p_domain text) RETURNS integer
LANGUAGE sql IMMUTABLE AS $$ SELECT pg_catalog.hashtext('handover:' || p_domain) $$;

-- Return the epoch in which this transaction writes, or refuse with
--   DM001 this side does not own the writes (DETAIL: mode and epoch)
--   DM002 the isolation level would read ownership from a snapshot older than the lock
--   DM003 the domain is not registered
CREATE FUNCTION handover.enter(p_domain text) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    standing record;
BEGIN
    IF pg_catalog.current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'writes of % need READ COMMITTED', p_domain USING ERRCODE = 'DM002';
    END IF;
    PERFORM pg_catalog.pg_advisory_xact_lock_shared(4711, handover.lock_key(p_domain));
    -- A statement of its own: it must see what was committed while we waited for the lock.
    SELECT o.mode, o.epoch INTO standing
      FROM handover.ownership o WHERE o.domain = p_domain AND o.bucket = 0;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'domain % is not registered', p_domain USING ERRCODE = 'DM003';
    END IF;
    IF standing.mode <> 'OWNER' THEN
        RAISE EXCEPTION 'this side does not own the writes of %', p_domain
            USING ERRCODE = 'DM001',
                  DETAIL = pg_catalog.format('mode %s epoch %s', standing.mode, standing.epoch);
    END IF;
    RETURN standing.epoch;
END $$;

-- The net under the door: a statement trigger on every table of the domain, so that the ORM, bulk
-- updates, the admin, psql and an old process that still runs all meet it.
CREATE FUNCTION handover.guard() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    -- By login role, not by a setting: anyone can SET a setting.
    IF session_user = (SELECT s.applier_role FROM handover.side s) THEN
        RETURN NULL;
    END IF;
    PERFORM handover.enter(TG_ARGV[0]);
    RETURN NULL;
END $$;

CREATE FUNCTION handover.fence_table(p_domain text, p_table regclass) RETURNS void
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    EXECUTE pg_catalog.format(
        'CREATE TRIGGER handover_fence BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON %s '
        'FOR EACH STATEMENT EXECUTE FUNCTION handover.guard(%L)', p_table, p_domain);
END $$;

-- Tables of a schema whose name matches a pattern and that no fence stands on (partitions too).
CREATE FUNCTION handover.unfenced(p_schema name, p_like text) RETURNS SETOF regclass
LANGUAGE sql STABLE SET search_path = '' AS $$
    SELECT c.oid::regclass
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = p_schema AND c.relname LIKE p_like AND c.relkind IN ('r', 'p')
       AND NOT EXISTS (
           SELECT 1 FROM pg_catalog.pg_trigger t
            WHERE t.tgrelid = c.oid AND t.tgname = 'handover_fence' AND t.tgenabled IN ('O', 'A'))
$$;
