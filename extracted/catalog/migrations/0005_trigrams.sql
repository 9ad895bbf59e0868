-- Misspelt words are found by trigrams. The extension is trusted: whoever owns the database may create
-- it.
CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;
