-- Whoever does not own the writes says nothing, so nobody knows whether what it says would arrive until it
-- owns them and has to be heard. It may be run again: a database that was installed before this file existed
-- gets it by a migration of its own.

-- Say something that changes nothing: rows as they are now, and none of them. Returns the number that the
-- message has, or gets from the relay; a receiver that has applied as many messages has applied this one.
-- DM004: this side owns the writes, or nobody follows it.
CREATE OR REPLACE FUNCTION handover.try_way(p_domain text) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    standing record;
    spoken_of text;
BEGIN
    -- Not by handover.enter, which lets owners in only. A token that is applied at this moment waits for
    -- us, or we for it: so the epochs of a stream never go back.
    SELECT o.mode, o.epoch, s.receiver INTO standing
      FROM handover.ownership o JOIN handover.stream s USING (domain)
     WHERE o.domain = p_domain AND o.bucket = 0 FOR SHARE OF o;
    IF standing.mode IS NULL OR standing.mode = 'OWNER' OR standing.receiver IS NULL THEN
        RAISE EXCEPTION 'this side owns the writes of %, or nobody follows what it says', p_domain
            USING ERRCODE = 'DM004';
    END IF;
    SELECT e.name INTO STRICT spoken_of
      FROM handover.entity e WHERE e.domain = p_domain ORDER BY e.position LIMIT 1;
    INSERT INTO handover.outbox (domain, kind, event, aggregate_id, epoch, payload)
    VALUES (p_domain, 'snapshot', 'rows_snapshot', spoken_of, standing.epoch,
            pg_catalog.jsonb_build_object('entity', spoken_of, 'images', '[]'::jsonb));
    RETURN handover.stream_end(p_domain);
END $$;
REVOKE ALL ON FUNCTION handover.try_way(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION handover.try_way(text) TO ${operator};
