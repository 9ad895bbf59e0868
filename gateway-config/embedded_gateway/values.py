"""The words and numbers Kong's entities are made of, each with its rule."""

import ipaddress
import re
from typing import Annotated

from pydantic import AfterValidator, Field

_NAME = re.compile(r"[0-9A-Za-z.\-_~]+")
HOST = re.compile(r"[0-9A-Za-z_]([0-9A-Za-z_.\-]*[0-9A-Za-z_])?")


def _name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise ValueError(
            f"invalid value '{value}': it must only contain alphanumeric and '., -, _, ~' "
            "characters (the embedded gateway takes ASCII only)"
        )
    return value


def _tag(value: str) -> str:
    if not value or not value.isprintable() or "," in value or "/" in value:
        raise ValueError(f"invalid tag '{value}': expected printable text, excluding ',' and '/'")
    return value


def _host(value: str) -> str:
    if not is_ip(value) and not HOST.fullmatch(value):
        raise ValueError(f"invalid value: {value}")
    return value


def is_ip(host: str) -> bool:
    """An address rather than a name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


Name = Annotated[str, AfterValidator(_name)]
Tag = Annotated[str, AfterValidator(_tag)]
Host = Annotated[str, AfterValidator(_host)]
Port = Annotated[int, Field(ge=0, le=65535)]
Milliseconds = Annotated[int, Field(ge=1, le=2147483646)]
Weight = Annotated[int, Field(ge=0, le=65535)]


def format_target(text: str) -> str:
    """`127.0.0.1` becomes `127.0.0.1:8000`; IPv6 is stored fully expanded, as Kong does."""
    bare = text.strip("[]")
    if is_ip(bare):
        host, port = bare, "8000"
    else:
        host, _, port = text.rpartition(":") if ":" in text else (text, "", "8000")
        host = host.strip("[]")
    known = is_ip(host) or HOST.fullmatch(host)
    if not known or not port.isascii() or not port.isdigit() or not 0 < int(port) <= 65535:
        raise ValueError("Invalid target; not a valid hostname or ip address")
    if is_ip(host) and (address := ipaddress.ip_address(host)).version == 6:
        return f"[{address.exploded}]:{int(port)}"
    return f"{host}:{int(port)}"
