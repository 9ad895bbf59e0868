-- What 0013_bound.sql replaced, for the way back: a copy that ends where the rows end.
CREATE OR REPLACE FUNCTION handover.snapshot_chunk(p_domain text, p_entity text, p_rows integer)
RETURNS TABLE (copied integer, finished boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    current_epoch bigint := handover.enter(p_domain);
    after_key uuid;
    chunk jsonb;
    last uuid;
BEGIN
    INSERT INTO handover.backfill (domain, entity) VALUES (p_domain, p_entity)
        ON CONFLICT DO NOTHING;
    SELECT b.last_key INTO after_key FROM handover.backfill b
     WHERE b.domain = p_domain AND b.entity = p_entity FOR UPDATE;
    EXECUTE pg_catalog.format(
        'SELECT count(*), jsonb_agg(q.image), (array_agg(q.key ORDER BY q.key DESC))[1] FROM '
        '(SELECT i.key, i.image FROM handover.%I i WHERE $1 IS NULL OR i.key > $1 '
        'ORDER BY i.key LIMIT $2) q', 'image_' || p_domain || '_' || p_entity)
        INTO copied, chunk, last USING after_key, p_rows;
    IF copied > 0 THEN
        INSERT INTO handover.outbox (domain, kind, event, aggregate_id, epoch, payload)
        VALUES (p_domain, 'snapshot', 'rows_snapshot', p_entity, current_epoch,
                pg_catalog.jsonb_build_object('entity', p_entity, 'images', chunk));
    END IF;
    finished := copied < p_rows;
    UPDATE handover.backfill b
       SET last_key = coalesce(last, b.last_key), row_count = b.row_count + copied,
           finished_at = CASE WHEN finished THEN pg_catalog.clock_timestamp() END
     WHERE b.domain = p_domain AND b.entity = p_entity;
    RETURN NEXT;
END $$;
ALTER TABLE handover.backfill DROP COLUMN IF EXISTS until_key;
