-- outside a transaction
-- Writers and the applier go on while this is built. An earlier try that failed left an invalid index.
DROP INDEX CONCURRENTLY IF EXISTS catalog.product_by_trigram;
CREATE INDEX CONCURRENTLY product_by_trigram ON catalog.product USING gin (name public.gin_trgm_ops);
