"""Programs that the code of a stage runs, and not ours: so they are text here."""

# Somebody buys what there is most of, so that there is a payment and a mail as well.
BUY = """
import json, uuid
from django.db import connection
from django.test import Client

def ask(method, path, **body):
    headers = {"Idempotency-Key": str(uuid.uuid4()), "Host": "127.0.0.1"}
    answer = Client().generic(
        method, "/api/v1" + path, json.dumps(body), "application/json", headers=headers
    )
    assert answer.status_code < 300, (path, answer.status_code, answer.content)

with connection.cursor() as cursor:
    cursor.execute("SELECT product_id FROM inventory_stock ORDER BY on_hand DESC LIMIT 1")
    product, = cursor.fetchone()
    cursor.execute("SELECT id FROM customers_customer ORDER BY id LIMIT 1")
    customer, = cursor.fetchone()
ask("PUT", f"/carts/{customer}/lines/{product}", quantity=2)
ask("POST", f"/carts/{customer}/checkout", card_token="tok_approve")
"""

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
        service = os.environ[f"STRANGLER_{domain.upper()}_DATABASE_URL"]
        with Hand.connect(service, side="service") as other:
            retiring.end_stream(other, domain)
        retiring.end_stream(hand, domain)
        retiring.note_dump(hand, domain, {"path": "/not/there"})
        retiring.set_aside(hand, domain, lock_timeout_ms=1000)
        assert retiring.drop_aside(hand, domain, lock_timeout_ms=1000) > 0
        hand.place_seam(domain, stage="retired", read_weight=100)
"""
