-- Least privilege, by role. What is not granted here is not allowed.
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA handover FROM PUBLIC;
GRANT USAGE ON SCHEMA handover TO ${app}, ${relay}, ${applier}, ${operator}, ${auditor};
GRANT EXECUTE ON FUNCTION handover.lock_key(text), handover.guard() TO PUBLIC;

GRANT SELECT ON handover.seam, handover.ownership, handover.side, handover.inbox TO ${app};
GRANT EXECUTE ON FUNCTION
    handover.enter(text),
    handover.stream_end(text),
    handover.record(text, text, text, jsonb, text, text),
    handover.note_comparison(text, text, bigint, bigint, bigint, bigint, jsonb) TO ${app};

GRANT SELECT ON handover.side TO ${relay};
GRANT SELECT, DELETE ON handover.outbox TO ${relay};
GRANT UPDATE (stream_sequence, published_at) ON handover.outbox TO ${relay};
GRANT SELECT ON handover.stream TO ${relay};
GRANT UPDATE (last_sequence) ON handover.stream TO ${relay};

GRANT SELECT ON handover.side, handover.entity, handover.ownership TO ${applier};
GRANT UPDATE (mode, epoch, capture, changed_at) ON handover.ownership TO ${applier};
GRANT SELECT, INSERT, UPDATE ON handover.inbox TO ${applier};
GRANT SELECT, INSERT, UPDATE, DELETE ON handover.tombstone TO ${applier};
GRANT SELECT, INSERT, UPDATE ON handover.refused_grant TO ${applier};

GRANT SELECT ON ALL TABLES IN SCHEMA handover TO ${operator}, ${auditor};
GRANT INSERT ON handover.journal TO ${operator};
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA handover TO ${operator};
REVOKE EXECUTE ON FUNCTION handover.record(text, text, text, jsonb, text, text),
    handover.fence_table(text, regclass) FROM ${operator};
