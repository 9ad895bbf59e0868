-- What shadow reads found, in finer words. It may be run again: a database that was installed before this
-- file existed gets it by a migration of its own. `note_comparison` stays for workers of the version before.

ALTER TABLE handover.comparison ADD COLUMN IF NOT EXISTS agreed bigint DEFAULT 0;
ALTER TABLE handover.comparison ADD COLUMN IF NOT EXISTS excused bigint DEFAULT 0;
ALTER TABLE handover.comparison ADD COLUMN IF NOT EXISTS noisy bigint DEFAULT 0;
-- The last that was excused, or noisy, and by what.
ALTER TABLE handover.comparison ADD COLUMN IF NOT EXISTS excuse jsonb;

-- Add to what was counted; both documents are keyed by outcome.
CREATE OR REPLACE FUNCTION handover.note_comparisons(
    p_domain text, p_route text, p_counts jsonb, p_examples jsonb) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
    INSERT INTO handover.comparison AS c
        (domain, route, equal, agreed, excused, noisy, lagging, different, failed, example, excuse)
    SELECT p_domain, p_route, n.equal, n.agreed, n.excused, n.noisy, n.lagging, n.different,
           n.failed, p_examples->'different', coalesce(p_examples->'noisy', p_examples->'excused')
      FROM pg_catalog.jsonb_to_record(p_counts) AS n (
           equal bigint, agreed bigint, excused bigint, noisy bigint, lagging bigint,
           different bigint, failed bigint)
    ON CONFLICT (domain, route) DO UPDATE
       SET equal = c.equal + excluded.equal, agreed = c.agreed + excluded.agreed,
           excused = c.excused + excluded.excused,
           noisy = c.noisy + excluded.noisy, lagging = c.lagging + excluded.lagging,
           different = c.different + excluded.different, failed = c.failed + excluded.failed,
           example = coalesce(excluded.example, c.example),
           excuse = coalesce(excluded.excuse, c.excuse),
           updated_at = pg_catalog.clock_timestamp()
$$;
REVOKE ALL ON FUNCTION handover.note_comparisons(text, text, jsonb, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION handover.note_comparisons(text, text, jsonb, jsonb) TO ${app};
