-- What 0010_digest.sql replaced, for the way back: the digest of the images' text.
CREATE OR REPLACE FUNCTION handover.tail_digest(p_domain text, p_since timestamptz)
RETURNS TABLE (row_count bigint, digest bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    e record;
    n bigint;
    x bigint;
BEGIN
    row_count := 0;
    digest := 0;
    FOR e IN SELECT name FROM handover.entity WHERE domain = p_domain ORDER BY position LOOP
        EXECUTE pg_catalog.format(
            'SELECT count(*), coalesce(bit_xor(hashtextextended(i.image::text, 0)), 0) '
            'FROM handover.%I i WHERE i.changed_at >= $1', 'image_' || p_domain || '_' || e.name)
            INTO n, x USING p_since;
        row_count := row_count + n;
        digest := digest # x;
    END LOOP;
    RETURN NEXT;
END $$;
