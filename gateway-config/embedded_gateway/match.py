"""Which requests a route takes, and before which other routes it is asked."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from embedded_gateway.envoy_types import Json
from embedded_gateway.models import Route

Priority = tuple[int, bool, int, bool, int, int, int, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """One path of one route; a route without paths has one match on `/`."""

    route: Route
    path: str
    envoy: Json
    priority: Priority

    @property
    def is_regex(self) -> bool:
        """Kong marks regexes by a tilde."""
        return self.path.startswith("~")

    @property
    def prefix(self) -> str | None:
        """What is cut off on the way upstream."""
        cuts = self.route.strip_path and not self.is_regex and self.path != "/"
        return self.path if cuts else None

    def rewrite(self, service_path: str | None) -> Json | None:
        """How the path changes on its way upstream; None when it does not."""
        base = (service_path or "").rstrip("/")
        if self.route.strip_path and (self.path != "/" or base):
            pattern, group = self._stripping()
            return {"pattern": {"regex": pattern}, "substitution": f"{base}/\\{group}"}
        if base:
            return {"pattern": {"regex": "^/(.*)$"}, "substitution": f"{base}/\\1"}
        return None

    def _stripping(self) -> tuple[str, int]:
        if not self.is_regex:
            return f"^{re.escape(self.path)}/*(.*)$", 1
        raw = _bare(self.path).removesuffix("$")
        return f"^(?:{raw})/*(.*)$", 1 + _groups(raw)


def matches_of(route: Route) -> Iterator[Match]:
    """Kong, too, ranks each path of a route by itself."""
    for path in route.paths or ("/",):
        envoy = _path(path)
        headers = [*_methods(route), *_hosts(route), *_headers(route)]
        if headers:
            envoy["headers"] = headers
        yield Match(route=route, path=path, envoy=envoy, priority=_priority(route, path))


def _priority(route: Route, path: str) -> Priority:
    """Ascending: the smallest is asked first. The order is that of Kong's router."""
    kinds = sum(bool(kind) for kind in (route.methods, route.hosts, route.headers, route.paths))
    plain_hosts = bool(route.hosts) and not any("*" in host for host in route.hosts or ())
    is_regex = path.startswith("~")
    return (
        -kinds,
        not plain_hosts,
        -len(route.headers or {}),
        not is_regex,
        -route.regex_priority if is_regex else 0,
        -len(path),
        route.created_at,
        route.id,
    )


def _path(path: str) -> Json:
    if not path.startswith("~"):
        return {"prefix": path}
    regex = _bare(path)
    if regex.endswith("$") and not regex.endswith(r"\$"):
        return {"safe_regex": {"regex": regex[:-1]}}
    return {"safe_regex": {"regex": f"(?:{regex}).*"}}


def _methods(route: Route) -> Iterator[Json]:
    if route.methods:
        yield _header_match(":method", "|".join(route.methods))


def _hosts(route: Route) -> Iterator[Json]:
    if route.hosts:
        yield _header_match(":authority", "(?i)" + "|".join(map(_host, route.hosts)))


def _host(host: str) -> str:
    port = "" if ":" in host else r"(?::\d+)?"
    return re.escape(host).replace(r"\*", ".+") + port


def _headers(route: Route) -> Iterator[Json]:
    for name, values in (route.headers or {}).items():
        if len(values) == 1 and values[0].startswith("~*"):
            yield _header_match(name, f"(?i:.*(?:{values[0][2:]}).*)")
        else:
            yield _header_match(name, f"(?i:{'|'.join(map(re.escape, values))})")


def _header_match(name: str, regex: str) -> Json:
    return {"name": name, "string_match": {"safe_regex": {"regex": regex}}}


def _bare(path: str) -> str:
    return path.removeprefix("~").removeprefix("^")


def _groups(regex: str) -> int:
    """Count capture groups without compiling: the dialect is RE2's, not Python's."""
    plain = re.sub(r"\\.|\[[^\]]*\]", "", regex)
    return len(re.findall(r"\((?!\?)|\(\?P?<[A-Za-z]", plain))
