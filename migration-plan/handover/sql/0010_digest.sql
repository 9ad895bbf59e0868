-- What both sides compare is a hash of each row's values, not of its image: an image is text, made
-- anew for each row while all writers wait. It may be run again: a database that was installed before
-- this file existed gets it, and the views it asks, by migrations of its own.

-- Count and XOR the rows that changed since a moment, over all entities of the domain. The count
-- travels with the XOR, because equal pairs cancel out.
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
            'SELECT count(*), coalesce(bit_xor(i.digest), 0) '
            'FROM handover.%I i WHERE i.changed_at >= $1', 'digest_' || p_domain || '_' || e.name)
            INTO n, x USING p_since;
        row_count := row_count + n;
        digest := digest # x;
    END LOOP;
    RETURN NEXT;
END $$;
REVOKE ALL ON FUNCTION handover.tail_digest(text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION handover.tail_digest(text, timestamptz) TO ${applier}, ${operator};
