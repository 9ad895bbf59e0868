"""What each side's database says a row of the stream looks like."""

from collections.abc import Iterator, Mapping

from handover.operator import Hand

_BUILDS = "jsonb_build_object("
_VIEWS = """
SELECT name, pg_get_viewdef(format('handover.%%I', 'image_' || domain || '_' || name)::regclass) AS text
  FROM handover.entity WHERE domain = %s
"""


def names_in_images(hand: Hand, domain: str) -> Mapping[str, frozenset[str]]:
    """Return the names that the images of each entity have here.

    Of parts only their name: one side may keep them as rows, and the other as a document.
    """
    rows = hand.connection.execute(_VIEWS, (domain,))
    return {row["name"]: frozenset(names_built(row["text"])) for row in rows}


def names_built(view: str) -> tuple[str, ...]:
    """Return the names in the object that a view builds, as PostgreSQL shows the view."""
    return tuple(
        argument.strip().removesuffix("::text").strip("'")
        for argument in list(_arguments(view.partition(_BUILDS)[2]))[::2]
    )


def _arguments(text: str) -> Iterator[str]:
    """Yield what stands between the commas, up to the parenthesis that closes the call."""
    depth, is_quoted, begun = 0, False, 0
    for place, sign in enumerate(text):
        if sign == "'":
            is_quoted = not is_quoted
        elif is_quoted:
            continue
        elif sign == "(":
            depth += 1
        elif sign == ")" and depth:
            depth -= 1
        elif not depth and sign in ",)":
            yield text[begun:place]
            begun = place + 1
            if sign == ")":
                return


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
