-- Facts go out through these functions only; no role of the application may touch the outbox itself.

CREATE FUNCTION handover.record(
    p_domain text, p_event text, p_aggregate_id text, p_payload jsonb,
    p_correlation_id text DEFAULT NULL, p_traceparent text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    current_epoch bigint := handover.enter(p_domain);
BEGIN
    -- `capture` cannot change under us: it is switched under the exclusive lock.
    INSERT INTO handover.outbox
        (domain, kind, event, aggregate_id, epoch, payload, correlation_id, traceparent)
    SELECT p_domain, 'fact', p_event, p_aggregate_id, current_epoch, p_payload,
           p_correlation_id, p_traceparent
      FROM handover.ownership o WHERE o.domain = p_domain AND o.bucket = 0 AND o.capture;
END $$;

CREATE FUNCTION handover.wake_relay() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    PERFORM pg_catalog.pg_notify('handover_outbox', '');
    RETURN NULL;
END $$;
CREATE TRIGGER wake_relay AFTER INSERT ON handover.outbox
    FOR EACH STATEMENT EXECUTE FUNCTION handover.wake_relay();

-- Send named rows again, as they are now (repair). Rows that no longer exist are reported as such.
CREATE FUNCTION handover.resend_rows(p_domain text, p_entity text, p_keys uuid[]) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    current_epoch bigint := handover.enter(p_domain);
    chunk jsonb;
    gone jsonb;
    copied integer;
BEGIN
    EXECUTE pg_catalog.format(
        'SELECT count(*), coalesce(jsonb_agg(i.image), ''[]'') FROM handover.%I i '
        'WHERE i.key = ANY($1)', 'image_' || p_domain || '_' || p_entity)
        INTO copied, chunk USING p_keys;
    EXECUTE pg_catalog.format(
        'SELECT coalesce(jsonb_agg(k), ''[]'') FROM unnest($1) k '
        'WHERE NOT EXISTS (SELECT 1 FROM handover.%I i WHERE i.key = k)',
        'image_' || p_domain || '_' || p_entity) INTO gone USING p_keys;
    INSERT INTO handover.outbox (domain, kind, event, aggregate_id, epoch, payload)
    VALUES (p_domain, 'snapshot', 'rows_snapshot', p_entity, current_epoch,
            pg_catalog.jsonb_build_object(
                'entity', p_entity, 'images', chunk, 'gone', gone, 'repair', true));
    RETURN copied;
END $$;

-- Publish again from a sequence on: the receiver drops what it has, so this is always safe.
CREATE FUNCTION handover.resend_stream(p_domain text, p_from bigint) RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
    WITH again AS (
        UPDATE handover.outbox SET published_at = NULL
         WHERE domain = p_domain AND stream_sequence >= p_from AND published_at IS NOT NULL
        RETURNING 1)
    SELECT pg_catalog.count(*) FROM again
$$;

-- How far the outgoing stream reaches, counting facts that have no number yet. A receiver that has
-- applied as many messages has seen everything that was committed here when this was asked.
CREATE FUNCTION handover.stream_end(p_domain text) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT s.last_sequence + (SELECT pg_catalog.count(*) FROM handover.outbox o
                               WHERE o.domain = s.domain AND o.stream_sequence IS NULL)
      FROM handover.stream s WHERE s.domain = p_domain
$$;
