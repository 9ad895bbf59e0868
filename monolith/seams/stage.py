"""The five places a seam can stand."""

from enum import StrEnum
from typing import Literal


class Stage(StrEnum):
    """Where a seam stands, in the order it walks."""

    MONOLITH = "monolith"
    SHADOW = "shadow"
    CANARY = "canary"
    CUTOVER = "cutover"
    RETIRED = "retired"

    @property
    def owner(self) -> Literal["monolith", "service"]:
        """Name the side whose writes win."""
        return "service" if self in {Stage.CUTOVER, Stage.RETIRED} else "monolith"

    @property
    def is_compared(self) -> bool:
        """Whether reads answered here are compared with the service's."""
        return self in {Stage.SHADOW, Stage.CANARY}
