"""Lists as Kong pages them: size, offset, next, and selection by tags."""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from embedded_gateway.entity import Entity
from embedded_gateway.errors import BadOffset, BadSize, BadTags

_DEFAULT_SIZE = 100


def page_by_id(
    entities: Sequence[Entity], *, path: str, query: Mapping[str, str], nested: bool
) -> dict[str, Any]:
    """One page by id; nested lists forget `size` and `tags` in `next`, as Kong's do."""
    size = _size(query)
    start = _offset(query)
    matching = sorted(select(entities, query), key=lambda entity: entity.id)
    left = [entity for entity in matching if start is None or entity.id > start]
    shown, more = left[:size], len(left) > size
    offset = _encode(shown[-1].id) if more else None
    return _answer(shown, offset, path=path, query={} if nested else query)


def page_by_position(
    entities: Sequence[Entity], *, path: str, query: Mapping[str, str]
) -> dict[str, Any]:
    """Targets: the offset is a position, and tags select nothing."""
    size, text = _size(query), query.get("offset", "0")
    if not text.isascii() or not text.isdigit():
        raise _bad_offset(text)
    end = int(text) + size
    offset = str(end) if end < len(entities) else None
    return _answer(entities[int(text) : end], offset, path=path, query={})


def select(entities: Sequence[Entity], query: Mapping[str, str]) -> list[Entity]:
    """`tags=a,b` wants both, `tags=a/b` either."""
    if "tags" not in query:
        return list(entities)
    text = query["tags"]
    if not text or ("," in text and "/" in text):
        complaint = "invalid option (tags: must be a list of tags joined by ',' or by '/')"
        raise BadTags(complaint, fields={"tags": complaint})
    wanted = set(text.replace("/", ",").split(","))
    if "" in wanted:
        raise BadTags("invalid option (tags: empty tag)", fields={"tags": "empty tag"})
    enough = 1 if "/" in text else len(wanted)
    return [entity for entity in entities if len(wanted & set(entity.tags or ())) >= enough]


def _answer(
    shown: Sequence[Entity], offset: str | None, *, path: str, query: Mapping[str, str]
) -> dict[str, Any]:
    body: dict[str, Any] = {"data": [entity.wire() for entity in shown], "next": None}
    if offset is not None:
        kept = "".join(
            f"&{name}={quote(query[name], safe='')}" for name in ("size", "tags") if name in query
        )
        body |= {"offset": offset, "next": f"{path}?offset={quote(offset, safe='')}{kept}"}
    return body


def _size(query: Mapping[str, str]) -> int:
    text = query.get("size", str(_DEFAULT_SIZE))
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 1000:
        message = "invalid size (size must be an integer between 1 and 1000)"
        raise BadSize(message, fields={"size": "must be an integer between 1 and 1000"})
    return int(text)


def _offset(query: Mapping[str, str]) -> str | None:
    if "offset" not in query:
        return None
    try:
        decoded = json.loads(base64.b64decode(query["offset"], validate=True))
    except (ValueError, binascii.Error):
        raise _bad_offset(query["offset"]) from None
    if not isinstance(decoded, list) or len(decoded) != 1 or not isinstance(decoded[0], str):
        raise _bad_offset(query["offset"])
    return decoded[0]


def _encode(identifier: str) -> str:
    return base64.b64encode(json.dumps([identifier]).encode()).decode()


def _bad_offset(text: str) -> BadOffset:
    return BadOffset(f"'{text}' is not a valid offset: bad base64 encoding")
