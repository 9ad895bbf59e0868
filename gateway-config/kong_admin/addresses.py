"""Target addresses as Kong stores them, so that a file may write them as people do."""

import ipaddress

_KONG_DEFAULT_PORT = 8000


def normal_address(address: str) -> str:
    """`127.0.0.1` → `127.0.0.1:8000`; IPv6 fully expanded and in brackets; names unchanged."""
    if "/" in address or not address.strip() or address != address.strip():
        raise ValueError(f"{address!r} is not host:port")
    host, port = _split(address)
    number = int(port) if port.isascii() and port.isdigit() else -1
    if not host or not 0 < number <= 65535:
        raise ValueError(f"{address!r} is not host:port")
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        return f"{host}:{number}"
    return f"[{ip.exploded}]:{number}" if ip.version == 6 else f"{ip}:{number}"


def _split(address: str) -> tuple[str, str]:
    default = str(_KONG_DEFAULT_PORT)
    if address.startswith("["):
        host, _, rest = address[1:].partition("]")
        return host, rest.removeprefix(":") if rest else default
    if address.count(":") > 1:  # IPv6 without brackets cannot carry a port
        return address, default
    host, colon, port = address.partition(":")
    return host, port if colon else default
