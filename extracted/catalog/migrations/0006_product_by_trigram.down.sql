-- outside a transaction
DROP INDEX CONCURRENTLY IF EXISTS catalog.product_by_trigram;
