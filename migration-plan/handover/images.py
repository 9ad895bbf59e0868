"""What each side's database says a row of the stream looks like."""

import re
from collections.abc import Mapping

from handover.operator import Hand

# PostgreSQL shows a view as it has read it: each name of an image is a literal before its value.
_NAME = re.compile(r"'([a-z_][a-z0-9_]*)'(?:::text)?,")
_VIEWS = """
SELECT name, pg_get_viewdef(format('handover.%%I', 'image_' || domain || '_' || name)::regclass) AS text
  FROM handover.entity WHERE domain = %s
"""


def names_in_images(hand: Hand, domain: str) -> Mapping[str, frozenset[str]]:
    """Return the names that the images of each entity have here, those of its parts included."""
    rows = hand.connection.execute(_VIEWS, (domain,))
    return {row["name"]: frozenset(_NAME.findall(row["text"])) for row in rows}


def unlike_images(one: Hand, other: Hand, domain: str) -> tuple[str, ...]:
    """Say what only one of two sides has in its images: `product: only the monolith has sku`."""
    found = []
    here, there = names_in_images(one, domain), names_in_images(other, domain)
    for entity in sorted(here.keys() | there.keys()):
        for side, names in (
            (one.side, here.get(entity, frozenset()) - there.get(entity, frozenset())),
            (other.side, there.get(entity, frozenset()) - here.get(entity, frozenset())),
        ):
            if names:
                found.append(f"{entity}: only the {side} has {', '.join(sorted(names))}")
    return tuple(found)
