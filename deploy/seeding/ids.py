"""UUIDv7 ids and moments that are the same at every seeding."""

import random
from datetime import UTC, datetime, timedelta
from uuid import UUID

# So long ago that a million of anything is past: what is dated ahead is among the last changes for ever.
BEGINNING = datetime(2015, 1, 1, tzinfo=UTC)


def moment(position: int, *, every: timedelta) -> datetime:
    """Return when the row at this position came into being."""
    return BEGINNING + position * every


def uuid7_at(at: datetime, chance: random.Random) -> UUID:
    """Make the id that would have been given at that moment."""
    milliseconds = int(at.timestamp() * 1000)
    number = milliseconds << 80 | chance.getrandbits(80)
    number = number & ~(0xF << 76) | 0x7 << 76  # version 7
    number = number & ~(0x3 << 62) | 0x2 << 62  # RFC 9562's variant
    return UUID(int=number)
