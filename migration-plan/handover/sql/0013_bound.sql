-- History is what was there when its copy began; what is new since then travels as facts. Without a bound,
-- keys that grow with time would lead a copy that has a limit after the inserts for ever. It may be run
-- again: a database that was installed before this file existed gets it by a migration of its own.
ALTER TABLE handover.backfill ADD COLUMN IF NOT EXISTS until_key uuid;

-- Put the next rows of an entity into the stream, as they are now, and remember how far we came.
-- No row is locked: the receiver's version guard and its tombstones make copy and stream commute.
CREATE OR REPLACE FUNCTION handover.snapshot_chunk(
    p_domain text, p_entity text, p_rows integer)
RETURNS TABLE (copied integer, finished boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    current_epoch bigint := handover.enter(p_domain);
    images text := 'image_' || p_domain || '_' || p_entity;
    after_key uuid;
    until uuid;
    chunk jsonb;
    last uuid;
BEGIN
    INSERT INTO handover.backfill (domain, entity) VALUES (p_domain, p_entity)
        ON CONFLICT DO NOTHING;
    SELECT b.last_key, b.until_key INTO after_key, until FROM handover.backfill b
     WHERE b.domain = p_domain AND b.entity = p_entity FOR UPDATE;
    IF until IS NULL THEN
        -- The recording began in a transaction before this one, alone: who is not seen here is recorded.
        EXECUTE pg_catalog.format(
            'SELECT i.key FROM handover.%I i ORDER BY i.key DESC LIMIT 1', images) INTO until;
    END IF;
    EXECUTE pg_catalog.format(
        'SELECT count(*), jsonb_agg(q.image), (array_agg(q.key ORDER BY q.key DESC))[1] FROM '
        '(SELECT i.key, i.image FROM handover.%I i '
        'WHERE ($1 IS NULL OR i.key > $1) AND i.key <= $3 ORDER BY i.key LIMIT $2) q', images)
        INTO copied, chunk, last USING after_key, p_rows, until;
    IF copied > 0 THEN
        INSERT INTO handover.outbox (domain, kind, event, aggregate_id, epoch, payload)
        VALUES (p_domain, 'snapshot', 'rows_snapshot', p_entity, current_epoch,
                pg_catalog.jsonb_build_object('entity', p_entity, 'images', chunk));
    END IF;
    finished := copied < p_rows;
    UPDATE handover.backfill b
       SET last_key = coalesce(last, b.last_key), until_key = until,
           row_count = b.row_count + copied,
           finished_at = CASE WHEN finished THEN pg_catalog.clock_timestamp() END
     WHERE b.domain = p_domain AND b.entity = p_entity;
    RETURN NEXT;
END $$;
REVOKE ALL ON FUNCTION handover.snapshot_chunk(text, text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION handover.snapshot_chunk(text, text, integer) TO ${operator};
