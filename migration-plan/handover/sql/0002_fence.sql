-- The door and the net. Every function is SECURITY DEFINER with an empty search_path: the roles of
-- the application call them and own nothing.
--
-- One advisory lock per domain: writers hold it shared until they commit, a release takes it
-- exclusively. So the release waits for the writers in flight and the later ones queue behind it.
-- This file may be run again: a database that was installed before gets it by a migration of its own.
-- Measured against SELECT ... FOR SHARE on the ownership row: no MultiXact and no WAL per write.

CREATE OR REPLACE FUNCTION handover.lock_key(p_domain text) RETURNS integer
LANGUAGE sql IMMUTABLE AS $$ SELECT pg_catalog.hashtext('handover:' || p_domain) $$;

-- Count a refused write, and refuse it. A sequence keeps its number through the rollback that follows,
-- and so does a session's advisory lock: whoever the net caught can be seen in pg_stat_activity for as
-- long as he is connected. The door only counts: who knocks there is sent on to the owner.
CREATE OR REPLACE FUNCTION handover.refuse(
    p_domain text, p_mode text, p_epoch bigint, p_caught text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    counter regclass := pg_catalog.to_regclass(pg_catalog.format(
        'handover.%I', CASE WHEN p_caught IS NULL THEN 'late_' ELSE 'caught_' END || p_domain));
BEGIN
    IF counter IS NOT NULL THEN
        PERFORM pg_catalog.nextval(counter);
    END IF;
    IF p_caught IS NOT NULL THEN
        PERFORM pg_catalog.pg_advisory_lock_shared(4713, handover.lock_key(p_domain));
        RAISE LOG 'handover: the net caught a write of %: % by role % (%), address %, process %',
            p_domain, p_caught, session_user, pg_catalog.current_setting('application_name'),
            coalesce(pg_catalog.host(pg_catalog.inet_client_addr()), 'local'),
            pg_catalog.pg_backend_pid();
    END IF;
    RAISE EXCEPTION 'this side does not own the writes of %', p_domain
        USING ERRCODE = 'DM001',
              DETAIL = pg_catalog.format('mode %s epoch %s', p_mode, p_epoch),
              HINT = pg_catalog.format('strangler status %s says which side does', p_domain);
END $$;
REVOKE ALL ON FUNCTION handover.refuse(text, text, bigint, text) FROM PUBLIC;

-- Return the epoch in which this transaction writes, or refuse with
--   DM001 this side does not own the writes (DETAIL: mode and epoch)
--   DM002 the isolation level would read ownership from a snapshot older than the lock
--   DM003 the domain is not registered
-- `p_caught` says what the net caught: the door has not been used.
CREATE OR REPLACE FUNCTION handover.admit(p_domain text, p_caught text) RETURNS bigint
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
        PERFORM handover.refuse(p_domain, standing.mode, standing.epoch, p_caught);
    END IF;
    RETURN standing.epoch;
END $$;
REVOKE ALL ON FUNCTION handover.admit(text, text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION handover.enter(p_domain text) RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
    SELECT handover.admit(p_domain, NULL) $$;

-- The net under the door: a statement trigger on every table of the domain, so that the ORM, bulk
-- updates, the admin, psql and an old process that still runs all meet it.
CREATE OR REPLACE FUNCTION handover.guard() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    -- By login role, not by a setting: anyone can SET a setting.
    IF session_user = (SELECT s.applier_role FROM handover.side s) THEN
        RETURN NULL;
    END IF;
    PERFORM handover.admit(
        TG_ARGV[0], pg_catalog.format('%s on %s.%s', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME));
    RETURN NULL;
END $$;

-- Make the two counters of a domain; repeating it changes nothing.
CREATE OR REPLACE FUNCTION handover.count_refusals(p_domain text) RETURNS void
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    IF pg_catalog.to_regclass(pg_catalog.format('handover.%I', 'late_' || p_domain)) IS NULL THEN
        EXECUTE pg_catalog.format('CREATE SEQUENCE handover.%I', 'late_' || p_domain);
        EXECUTE pg_catalog.format('CREATE SEQUENCE handover.%I', 'caught_' || p_domain);
    END IF;
END $$;
REVOKE ALL ON FUNCTION handover.count_refusals(text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION handover.fence_table(p_domain text, p_table regclass) RETURNS void
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    PERFORM handover.count_refusals(p_domain);
    EXECUTE pg_catalog.format(
        'CREATE TRIGGER handover_fence BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON %s '
        'FOR EACH STATEMENT EXECUTE FUNCTION handover.guard(%L)', p_table, p_domain);
END $$;

-- Tables of a schema whose name matches a pattern and that no fence stands on (partitions too).
CREATE OR REPLACE FUNCTION handover.unfenced(p_schema name, p_like text) RETURNS SETOF regclass
LANGUAGE sql STABLE SET search_path = '' AS $$
    SELECT c.oid::regclass
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = p_schema AND c.relname LIKE p_like AND c.relkind IN ('r', 'p')
       AND NOT EXISTS (
           SELECT 1 FROM pg_catalog.pg_trigger t
            WHERE t.tgrelid = c.oid AND t.tgname = 'handover_fence' AND t.tgenabled IN ('O', 'A'))
$$;
