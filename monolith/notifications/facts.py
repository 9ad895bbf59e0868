"""What is said about mails: the rows now true, as images of the contracts."""

from collections.abc import Sequence
from uuid import UUID

from django.db import connection

from extracted.contracts.notifications import DOMAIN
from handover import tracing
from monolith.web import correlation

# From the view that history is copied from: what we say and what is true are one.
_TELL = (
    "SELECT handover.record(%s, %s, i.key::text, jsonb_build_object("
    "'id', i.image->'id', 'order_id', i.image->'order_id', 'customer_id', i.image->'customer_id', "
    "'status', i.image->'status', 'rows', jsonb_build_array(jsonb_build_object("
    "'entity', 'mail', 'op', 'put', 'image', i.image))), %s, %s) "
    "FROM handover.image_notifications_mail i WHERE i.key = ANY(%s)"
)


def tell(event: str, mail_ids: Sequence[UUID]) -> None:
    """Say how these mails are now, in an open write transaction of notifications."""
    with connection.cursor() as cursor:
        told = (correlation.current(), tracing.current())
        cursor.execute(_TELL, (DOMAIN, event, *told, list(mail_ids)))
