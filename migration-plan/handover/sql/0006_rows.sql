-- Record a fact together with the rows that are now true, as the views of images show them: what is
-- said here, and what history is copied from, are one.
--
-- p_rows is a list of {"entity": name, "keys": [uuid, ...]}; the images become `rows` of the payload.
CREATE OR REPLACE FUNCTION handover.record_rows(
    p_domain text, p_event text, p_aggregate_id text, p_payload jsonb, p_rows jsonb,
    p_correlation_id text DEFAULT NULL, p_traceparent text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    named record;
    found jsonb;
    rows jsonb := '[]';
BEGIN
    FOR named IN SELECT r.entity, r.keys
                   FROM pg_catalog.jsonb_to_recordset(p_rows) AS r (entity text, keys uuid[]) LOOP
        EXECUTE pg_catalog.format(
            'SELECT jsonb_agg(jsonb_build_object(''entity'', %L::text, ''op'', ''put'', '
            '''image'', i.image) ORDER BY i.key) FROM handover.%I i WHERE i.key = ANY($1)',
            named.entity, 'image_' || p_domain || '_' || named.entity)
            INTO found USING named.keys;
        rows := rows || coalesce(found, '[]');
    END LOOP;
    PERFORM handover.record(
        p_domain, p_event, p_aggregate_id, p_payload || pg_catalog.jsonb_build_object('rows', rows),
        p_correlation_id, p_traceparent);
END $$;
REVOKE ALL ON FUNCTION handover.record_rows(text, text, text, jsonb, jsonb, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION handover.record_rows(text, text, text, jsonb, jsonb, text, text) TO ${app};
