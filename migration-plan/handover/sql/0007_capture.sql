-- When facts are recorded. Of most domains only while a copy is kept on the other side; of those to
-- which others listen (`is_heard`) always: they cannot be switched off, and the receiver's copy is
-- whole only from a reset and a backfill on.
ALTER TABLE handover.stream ADD COLUMN IF NOT EXISTS is_heard boolean DEFAULT false;

-- Switch the change stream on and begin it with a reset: the receiver empties its replica, because
-- rows may have been deleted here while nothing was captured. False when it was on, or (of a domain
-- that is heard) when its history is being copied already.
CREATE OR REPLACE FUNCTION handover.start_capture(p_domain text, p_lock_timeout_ms integer)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    current_epoch bigint;
    heard boolean := (SELECT s.is_heard FROM handover.stream s WHERE s.domain = p_domain);
BEGIN
    PERFORM pg_catalog.set_config('lock_timeout', p_lock_timeout_ms::text, true);
    PERFORM pg_catalog.pg_advisory_xact_lock(4711, handover.lock_key(p_domain));
    UPDATE handover.ownership
       SET capture = true,
           changed_at = CASE WHEN heard THEN changed_at ELSE pg_catalog.clock_timestamp() END
     WHERE domain = p_domain AND bucket = 0 AND mode = 'OWNER'
       AND CASE WHEN heard THEN NOT EXISTS (
               SELECT 1 FROM handover.backfill b WHERE b.domain = p_domain) ELSE NOT capture END
    RETURNING epoch INTO current_epoch;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    DELETE FROM handover.backfill WHERE domain = p_domain;
    DELETE FROM handover.comparison WHERE domain = p_domain;
    INSERT INTO handover.outbox (domain, kind, event, aggregate_id, epoch, payload)
    VALUES (p_domain, 'reset', 'stream_reset', p_domain, current_epoch, '{}');
    RETURN true;
END $$;

CREATE OR REPLACE FUNCTION handover.stop_capture(p_domain text, p_lock_timeout_ms integer)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    heard boolean := (SELECT s.is_heard FROM handover.stream s WHERE s.domain = p_domain);
BEGIN
    PERFORM pg_catalog.set_config('lock_timeout', p_lock_timeout_ms::text, true);
    PERFORM pg_catalog.pg_advisory_xact_lock(4711, handover.lock_key(p_domain));
    IF heard THEN
        -- The next start begins anew.
        DELETE FROM handover.backfill WHERE domain = p_domain;
        RETURN FOUND;
    END IF;
    UPDATE handover.ownership SET capture = false, changed_at = pg_catalog.clock_timestamp()
     WHERE domain = p_domain AND bucket = 0 AND mode = 'OWNER' AND capture;
    RETURN FOUND;
END $$;
REVOKE ALL ON FUNCTION handover.start_capture(text, integer), handover.stop_capture(text, integer)
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION handover.start_capture(text, integer),
    handover.stop_capture(text, integer) TO ${operator};
