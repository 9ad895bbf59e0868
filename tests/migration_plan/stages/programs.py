"""Programs that the code of a stage runs, and not ours: so they are text here."""

# What a shadow does: the history of a domain goes into the stream, which is followed to its end.
COPY = """
import os, sys
from handover.operator import Hand, lag
from stack import waiting

domain = sys.argv[1]
monolith = os.environ["STRANGLER_MONOLITH_DATABASE_URL"]
service = os.environ[f"STRANGLER_{domain.upper()}_DATABASE_URL"]
with Hand.connect(monolith, side="monolith") as giver, Hand.connect(service, side="service") as taker:
    assert giver.start_capture(domain, lock_timeout_ms=2000)
    for entity in giver.entities(domain):
        while not giver.snapshot_chunk(domain, entity, 500).finished:
            pass
    assert waiting.until(lambda: lag(giver, taker, domain).total == 0, timeout_s=60)
"""

# What is left of the monolith's domains when each was handed over and retired.
RETIRE = """
import os, sys
import psycopg
from handover import retiring
from handover.operator import Hand

domains = sys.argv[1:]
for domain in domains:
    with psycopg.connect(os.environ[f"{domain.upper()}_OWNER_DATABASE_URL"]) as owner:
        owner.execute("UPDATE handover.ownership SET mode = 'OWNER', epoch = 2")
with psycopg.connect(os.environ["MONOLITH_OWNER_DATABASE_URL"]) as owner:
    mode = "UPDATE handover.ownership SET mode = 'REPLICA', epoch = 2 WHERE domain = ANY(%s)"
    owner.execute(mode, (domains,))
with Hand.connect(os.environ["STRANGLER_MONOLITH_DATABASE_URL"], side="monolith") as hand:
    for domain in domains:
        retiring.begin(hand, domain)
        retiring.end_stream(hand, domain)
        retiring.note_dump(hand, domain, {"path": "/not/there"})
        retiring.set_aside(hand, domain, lock_timeout_ms=1000)
        assert retiring.drop_aside(hand, domain, lock_timeout_ms=1000) > 0
        hand.place_seam(domain, stage="retired", read_weight=100)
"""
