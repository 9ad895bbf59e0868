"""Declarative files of a shop on the move, ours as it is, and an environment for their placeholders."""

from pathlib import Path

# Two sides, shares that somebody else moves, and policies: more than the present files ask of a client.
FILES = Path(__file__).parents[1] / "moving" / "kong"
OURS = Path(__file__).parents[3] / "gateway-config" / "kong"
# With the instances' addresses, for a gateway at which none registers itself.
PLACED = [FILES, FILES.parent / "targets" / "fixed"]
ENVIRON = {
    "MONOLITH_TARGET": "127.0.0.1:18100",
    **{
        f"{service}_TARGET_{number}": f"127.0.0.1:18{first + number}"
        for service, first in (
            ("CATALOG", 200),
            ("INVENTORY", 240),
            ("PAYMENTS", 260),
            ("ORDERS", 280),
        )
        for number in (1, 2)
    },
    **{
        f"{service}_NAME": f"{service.lower()}.shop.svc.cluster.local:8000"
        for service in ("CATALOG", "INVENTORY", "ORDERS")
    },
    "GATEWAY_ACCESS_LOG": "/dev/null",
}
