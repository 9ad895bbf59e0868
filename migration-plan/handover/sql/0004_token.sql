-- The ownership token. Giving it away and saying so are one local transaction; accepting it is part
-- of applying the stream. Nothing here needs the other database, a coordinator or the gateway.

-- Give the writes of a domain away. Waits for the writers in flight, at most p_lock_timeout_ms
-- (then 55P03 and nothing has happened). DM004: this side is not the owner at that epoch.
-- The digest covers the last p_tail of changes only, so that the pause does not grow with the
-- domain; what is older is the reconcile's business, which preflight demands to be recent.
CREATE FUNCTION handover.release(
    p_domain text, p_epoch bigint, p_lock_timeout_ms integer, p_tail interval)
RETURNS TABLE (epoch bigint, waited_ms double precision, held_ms double precision,
               released_at timestamptz)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    asked timestamptz := pg_catalog.clock_timestamp();
    locked timestamptz;
    promise record;
BEGIN
    PERFORM pg_catalog.set_config('lock_timeout', p_lock_timeout_ms::text, true);
    PERFORM pg_catalog.pg_advisory_xact_lock(4711, handover.lock_key(p_domain));
    locked := pg_catalog.clock_timestamp();
    UPDATE handover.ownership o SET mode = 'RELEASED', epoch = o.epoch + 1, changed_at = locked
     WHERE o.domain = p_domain AND o.bucket = 0 AND o.mode = 'OWNER' AND o.epoch = p_epoch
       AND o.capture
    RETURNING o.epoch INTO epoch;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'this side is not the owner of % at epoch %, or captures nothing',
            p_domain, p_epoch USING ERRCODE = 'DM004';
    END IF;
    SELECT d.row_count, d.digest, locked - p_tail AS since INTO promise
      FROM handover.tail_digest(p_domain, locked - p_tail) d;
    INSERT INTO handover.outbox (domain, kind, event, aggregate_id, epoch, payload)
    VALUES (p_domain, 'grant', 'ownership_granted', p_domain, epoch,
            pg_catalog.jsonb_build_object('since', promise.since, 'row_count', promise.row_count,
                                          'digest', promise.digest::text));
    waited_ms := extract(epoch FROM locked - asked) * 1000;
    released_at := pg_catalog.clock_timestamp();
    held_ms := extract(epoch FROM released_at - locked) * 1000;
    RETURN NEXT;
END $$;

-- At the receiver: refuse token p_epoch for ever. False when it was accepted already.
CREATE FUNCTION handover.burn(p_domain text, p_epoch bigint) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    UPDATE handover.ownership
       SET mode = 'BURNED', epoch = p_epoch + 1, changed_at = pg_catalog.clock_timestamp()
     WHERE domain = p_domain AND bucket = 0 AND mode <> 'OWNER' AND epoch = p_epoch - 1;
    RETURN FOUND OR EXISTS (
        SELECT 1 FROM handover.ownership
         WHERE domain = p_domain AND bucket = 0 AND mode = 'BURNED' AND epoch = p_epoch + 1);
END $$;

-- At the sender, only after the receiver burned it: take token p_epoch back.
CREATE FUNCTION handover.retake(p_domain text, p_epoch bigint) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    UPDATE handover.ownership
       SET mode = 'OWNER', epoch = p_epoch + 1, changed_at = pg_catalog.clock_timestamp()
     WHERE domain = p_domain AND bucket = 0 AND mode = 'RELEASED' AND epoch = p_epoch;
    RETURN FOUND OR EXISTS (
        SELECT 1 FROM handover.ownership
         WHERE domain = p_domain AND bucket = 0 AND mode = 'OWNER' AND epoch = p_epoch + 1);
END $$;

-- Say where the seam stands; reads of the monolith follow it.
CREATE FUNCTION handover.place_seam(
    p_domain text, p_stage text, p_read_weight integer, p_shadow_sample real DEFAULT NULL)
RETURNS void LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
    INSERT INTO handover.seam AS s (domain, stage, read_weight, shadow_sample)
    VALUES (p_domain, p_stage, p_read_weight, coalesce(p_shadow_sample, 0.05))
    ON CONFLICT (domain) DO UPDATE
       SET stage = excluded.stage, read_weight = excluded.read_weight,
           shadow_sample = coalesce(p_shadow_sample, s.shadow_sample),
           changed_at = pg_catalog.clock_timestamp()
$$;

CREATE FUNCTION handover.note_comparison(
    p_domain text, p_route text, p_equal bigint, p_lagging bigint, p_different bigint,
    p_failed bigint, p_example jsonb) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
    INSERT INTO handover.comparison AS c
        (domain, route, equal, lagging, different, failed, example)
    VALUES (p_domain, p_route, p_equal, p_lagging, p_different, p_failed, p_example)
    ON CONFLICT (domain, route) DO UPDATE
       SET equal = c.equal + excluded.equal, lagging = c.lagging + excluded.lagging,
           different = c.different + excluded.different, failed = c.failed + excluded.failed,
           example = coalesce(excluded.example, c.example),
           updated_at = pg_catalog.clock_timestamp()
$$;
