"""The files an Envoy needs to start, made where they are missing."""

import orjson

from embedded_gateway import store
from embedded_gateway.access_log import ACCESS_LOG
from embedded_gateway.compile import cds, compile_state, eds, names_to_resolve, rds
from embedded_gateway.compile_limits import ecds
from embedded_gateway.durable import write_atomically
from embedded_gateway.envoy_types import Json, version_of
from embedded_gateway.listener import bootstrap, lds, proxy
from embedded_gateway.names import Addresses, resolve
from embedded_gateway.settings import Settings


def lay_out(settings: Settings) -> None:
    """What never changes is written when it differs; what changes only when it is missing."""
    (settings.directory / ACCESS_LOG).parent.mkdir(parents=True, exist_ok=True)
    _write(settings, "bootstrap.json", bootstrap(), replace=True)
    state = store.load(settings.entities)
    compiled = compile_state(state, addresses=Addresses().of(names_to_resolve(state)))
    listening = proxy(compiled.telemetry, host=_address(settings.host), port=settings.port)
    _write(settings, "lds.json", lds(listening), replace=True)
    for name, counter in compiled.counters.items():
        _write(
            settings,
            f"ecds/{name}.json",
            ecds(name, counter, version=version_of(counter)),
            replace=False,
        )
    if (settings.directory / "rds" / "main.json").exists():
        return  # the Admin API's, and the truth
    for name, endpoints in compiled.endpoints.items():
        _write(settings, f"eds/{name}.json", eds(endpoints), replace=False)
    _write(settings, "cds.json", cds(compiled.clusters), replace=False)
    _write(settings, "rds/main.json", rds(compiled.routes), replace=False)


def _address(host: str) -> str:
    """A listener takes no names, not even localhost."""
    return next(iter(resolve(host)), host)


def _write(settings: Settings, name: str, document: Json, *, replace: bool) -> None:
    path = settings.directory / name
    content = orjson.dumps(document, option=orjson.OPT_INDENT_2)
    if not path.exists() or (replace and path.read_bytes() != content):
        write_atomically(path, content)
