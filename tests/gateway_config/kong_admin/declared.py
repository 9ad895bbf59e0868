"""The repository's own declarative files, and an environment that fills their placeholders."""

from pathlib import Path

FILES = Path(__file__).parents[3] / "gateway-config" / "kong"
ENVIRON = {
    "MONOLITH_TARGET": "127.0.0.1:18100",
    "CATALOG_TARGET_1": "127.0.0.1:18201",
    "CATALOG_TARGET_2": "127.0.0.1:18202",
    "GATEWAY_ACCESS_LOG": "/dev/null",
}
