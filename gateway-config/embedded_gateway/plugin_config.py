"""The rules that plugin configurations share."""

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

_HEADER = re.compile(r"[A-Za-z0-9_\-]+")


class PluginConfig(BaseModel):
    """A field that is not listed is refused; a listed one takes what this gateway can do."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def _header(value: str) -> str:
    if not _HEADER.fullmatch(value):
        raise ValueError(
            f"bad header name '{value}', allowed characters are A-Z, a-z, 0-9, '_' and '-'"
        )
    return value


def _text(value: str) -> str:
    if not value.isascii() or not value.isprintable():
        raise ValueError("the embedded gateway takes printable ASCII here")
    return value


HeaderName = Annotated[str, AfterValidator(_header)]
Text = Annotated[str, AfterValidator(_text)]
