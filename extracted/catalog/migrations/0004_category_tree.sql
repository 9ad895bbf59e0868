-- Categories form a tree. A nullable column rewrites nothing, and older code never names it.
-- No foreign key, for the reason given at product.category_id: a category may arrive before the one
-- above it.
ALTER TABLE catalog.category ADD COLUMN parent_id uuid;

CREATE OR REPLACE VIEW handover.image_catalog_category AS
SELECT id AS key, version, updated_at AS changed_at,
       jsonb_build_object('id', id, 'slug', slug, 'name', name, 'parent_id', parent_id,
           'version', version,
           'updated_at', to_char(updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
       AS image
  FROM catalog.category;
