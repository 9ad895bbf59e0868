CREATE OR REPLACE VIEW handover.image_catalog_category AS
SELECT id AS key, version, updated_at AS changed_at,
       jsonb_build_object('id', id, 'slug', slug, 'name', name,
           'version', version,
           'updated_at', to_char(updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
       AS image
  FROM catalog.category;

ALTER TABLE catalog.category DROP COLUMN parent_id;
