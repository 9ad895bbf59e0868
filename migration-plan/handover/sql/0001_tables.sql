-- What the protocol remembers. The same tables stand in both databases; ${owner} owns them.
CREATE SCHEMA handover;

-- Which side this database is, and the one role that may write past the fence.
CREATE TABLE handover.side (
    only_row     boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    name         text NOT NULL CHECK (name IN ('monolith', 'service')),
    applier_role name NOT NULL
);

-- Who may write a domain. Odd epochs belong to the monolith, even ones to the service.
-- Four modes, not two: a side that gave ownership away (RELEASED) is not one that never had it
-- (REPLICA), or a reclaim could be run by the wrong side. BURNED refuses a token for ever.
CREATE TABLE handover.ownership (
    domain     text NOT NULL,
    bucket     integer NOT NULL DEFAULT 0,
    mode       text NOT NULL CHECK (mode IN ('OWNER', 'RELEASED', 'REPLICA', 'BURNED')),
    epoch      bigint NOT NULL CHECK (epoch > 0),
    capture    boolean NOT NULL DEFAULT false,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (domain, bucket)
);

-- Where a seam stands at run time; kept in the monolith's database only.
CREATE TABLE handover.seam (
    domain        text PRIMARY KEY,
    stage         text NOT NULL CHECK (stage IN ('monolith', 'shadow', 'canary', 'cutover', 'retired')),
    read_weight   integer NOT NULL DEFAULT 0 CHECK (read_weight BETWEEN 0 AND 100),
    shadow_sample real NOT NULL DEFAULT 0.05 CHECK (shadow_sample BETWEEN 0 AND 1),
    changed_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Facts, written in the transaction that made them true.
CREATE TABLE handover.outbox (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id        uuid NOT NULL DEFAULT gen_random_uuid(),
    domain          text NOT NULL,
    kind            text NOT NULL CHECK (kind IN ('fact', 'snapshot', 'reset', 'grant')),
    event           text NOT NULL,
    aggregate_id    text NOT NULL,
    epoch           bigint NOT NULL,
    payload         jsonb NOT NULL,
    correlation_id  text,
    traceparent     text,
    occurred_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    stream_sequence bigint,
    published_at    timestamptz,
    UNIQUE (domain, stream_sequence)
);
CREATE INDEX outbox_unnumbered ON handover.outbox (id) WHERE stream_sequence IS NULL;
CREATE INDEX outbox_unpublished ON handover.outbox (domain, stream_sequence)
    WHERE published_at IS NULL;
CREATE INDEX outbox_published ON handover.outbox (published_at) WHERE published_at IS NOT NULL;

-- The end of each domain's outgoing stream, and who listens to it (null: no other side).
CREATE TABLE handover.stream (
    domain        text PRIMARY KEY,
    receiver      text CHECK (receiver IN ('monolith', 'service')),
    last_sequence bigint NOT NULL DEFAULT 0
);

-- How far the incoming stream of each domain has been applied, without a gap.
CREATE TABLE handover.inbox (
    domain        text PRIMARY KEY,
    last_sequence bigint NOT NULL DEFAULT 0,
    applied_at    timestamptz
);

-- Deleted rows, so that a snapshot read before the deletion cannot bring one back.
CREATE TABLE handover.tombstone (
    domain  text NOT NULL,
    entity  text NOT NULL,
    key     uuid NOT NULL,
    version bigint NOT NULL,
    PRIMARY KEY (domain, entity, key)
);

-- The rows of a domain: which table holds which entity. The fence stands on each of them.
CREATE TABLE handover.entity (
    domain     text NOT NULL,
    name       text NOT NULL,
    position   integer NOT NULL,
    table_name regclass NOT NULL,
    PRIMARY KEY (domain, name)
);

-- How far history has been copied into the stream.
CREATE TABLE handover.backfill (
    domain      text NOT NULL,
    entity      text NOT NULL,
    last_key    uuid,
    row_count   bigint NOT NULL DEFAULT 0,
    started_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz,
    PRIMARY KEY (domain, entity)
);

-- Grants that were not accepted, and what was counted instead of what the token promised.
CREATE TABLE handover.refused_grant (
    domain     text NOT NULL,
    epoch      bigint NOT NULL,
    reason     text NOT NULL,
    promised   jsonb NOT NULL,
    found      jsonb NOT NULL,
    refused_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (domain, epoch)
);

-- What shadow reads found, per route.
CREATE TABLE handover.comparison (
    domain     text NOT NULL,
    route      text NOT NULL,
    equal      bigint NOT NULL DEFAULT 0,
    lagging    bigint NOT NULL DEFAULT 0,
    different  bigint NOT NULL DEFAULT 0,
    failed     bigint NOT NULL DEFAULT 0,
    example    jsonb,
    since      timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (domain, route)
);

-- What strangler intends, before each effect, and how it ended.
CREATE TABLE handover.journal (
    id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id uuid NOT NULL,
    domain text NOT NULL,
    step   text NOT NULL,
    phase  text NOT NULL CHECK (phase IN ('intent', 'done', 'failed')),
    actor  text NOT NULL,
    detail jsonb NOT NULL DEFAULT '{}',
    at     timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX journal_of_domain ON handover.journal (domain, id);
