DROP TABLE catalog.command, catalog.product, catalog.category;
REVOKE USAGE ON SCHEMA catalog FROM catalog_app, catalog_applier, auditor;
