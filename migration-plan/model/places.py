"""Files of the code that the model speaks of. A place is a file and, after a colon, a name in it.

The model imports none of them; a test looks every place up.
"""

FENCE_SQL = "migration-plan/handover/sql/0002_fence.sql"
STREAM_SQL = "migration-plan/handover/sql/0003_stream.sql"
RELEASE_SQL = "migration-plan/handover/sql/0004_token.sql"
DIGEST_SQL = "migration-plan/handover/sql/0010_digest.sql"
HISTORY_SQL = "migration-plan/handover/sql/0013_bound.sql"
RELAY = "migration-plan/handover/relay.py"
CONFIRMS = "migration-plan/handover/confirms.py"
CONSUMER = "migration-plan/handover/consumer.py"
APPLY = "migration-plan/handover/apply.py"
APPLYING = "migration-plan/handover/applying.py"
GRANT = "migration-plan/handover/grant.py"
MOVES = "migration-plan/handover/moves.py"
RECORD = "monolith/outbox/record.py"
ONCE = "monolith/outbox/once.py"
WRITES = "extracted/chassis/writes.py"
