"""A small Kong 3.9 with PostgreSQL, as far as this client asks: it keeps entities and its quirks.

What it does was observed on a real Kong; it is in memory and answers through httpx.MockTransport.
"""

import ipaddress
import itertools
import json
import re
import threading
import uuid
from collections.abc import Callable
from typing import Any

import httpx

from tests.gateway_config.kong_admin import fake_config
from tests.gateway_config.kong_admin.kong_defaults import DEFAULTS

Json = dict[str, Any]
_NAME_OF = {
    "targets": "target", "plugins": "instance_name", "consumers": "username",
    "key-auths": "key", "jwts": "key", "acls": "group",
}  # fmt: skip
# Nested name in the path -> kind; the plugin that brings the kind.
_CREDENTIALS = {"key-auth": "key-auths", "jwt": "jwts", "acls": "acls"}
_BROUGHT_BY = {"key-auths": "key-auth", "jwts": "jwt", "acls": "acl"}
_FOREIGN = {"service": "services", "route": "routes", "consumer": "consumers"}
_CODES = {
    "schema": 2,
    "foreign key": 4,
    "unique": 5,
    "not found": 6,
    "size": 9,
    "options": 11,
    "DB-less": 12,
}


class Refusal(Exception):
    def __init__(self, status: int, name: str, message: str, **fields: Any) -> None:
        super().__init__(message)
        self.response = httpx.Response(
            status,
            json={"message": message, "name": name, "code": _CODES[name], "fields": fields},
        )


class Unparsable(Exception):
    """Kong tells of this without its usual fields."""


class FakeKong:
    """`calls` are the requests so far; `page_size` caps pages; `outage` answers before Kong does;
    `database` "off" makes it refuse writes."""

    def __init__(self) -> None:
        self.stored: dict[str, dict[str, Json]] = {kind: {} for kind in DEFAULTS}
        self.calls: list[str] = []
        self.headers: list[httpx.Headers] = []
        self.configurations: list[Json] = []
        self.queries: list[dict[str, str]] = []
        self.page_size = 1000
        self.empty_first_page = False
        self.database = "postgres"
        self.plugins = ["correlation-id", "prometheus", "key-auth", "cors", "file-log"]
        self.plugins += ["rate-limiting", "request-size-limiting", "jwt", "acl"]
        self.plugins += ["request-termination"]
        self.outage: Callable[[httpx.Request], httpx.Response | None] = lambda request: None
        # Told of a request before its turn, from the thread that asks.
        self.on_arrival: Callable[[httpx.Request], None] = lambda request: None
        self.lowest_sum: dict[str, int] = {}
        # Target -> health, where it is not that nobody checks it.
        self.healths: dict[str, str] = {}
        self.knows_health = True
        # Lists of a configuration that no client of ours knows.
        self.beside: Json = {}
        self._lock = threading.RLock()
        self._clock = itertools.count(1_700_000_000)

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._answer)

    @property
    def writes(self) -> list[str]:
        return [call for call in self.calls if not call.startswith("GET")]

    def weights(self, upstream: str) -> dict[str, int]:
        owner = self._find("upstreams", upstream)
        assert owner is not None
        return {t["target"]: t["weight"] for t in self._targets(owner["id"])}

    def add(self, path: str, body: Json) -> None:
        """As a POST by somebody else."""
        response = self._route(httpx.Request("POST", f"http://kong{path}", json=body))
        assert response.status_code == 201, response.text

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.on_arrival(request)
        # One at a time, as with Kong's transactions.
        with self._lock:
            return self._answered(request)

    def _answered(self, request: httpx.Request) -> httpx.Response:
        self.calls.append(f"{request.method} {request.url.path}")
        self.headers.append(request.headers)
        self.queries.append(dict(request.url.params))
        try:
            return self.outage(request) or self._route(request)
        except Refusal as refusal:
            return refusal.response
        except Unparsable:
            return httpx.Response(400, json={"message": "Cannot parse JSON body"})

    def _route(self, request: httpx.Request) -> httpx.Response:
        parts = [part for part in request.url.path.split("/") if part]
        if not parts:
            return self._node()
        if parts[0] in ("config", "schemas"):
            return self._config(request) if len(parts) == 1 else _validate(parts[1], request)
        scope: Json = {}
        if len(parts) > 2 and parts[0] in ("upstreams", "consumers"):
            owner = self._find(parts[0], parts[1])
            if owner is None:
                return _not_found()
            scope, parts = {parts[0][:-1]: {"id": owner["id"]}}, parts[2:]
        return self._entities(scope, parts, request)

    def _node(self) -> httpx.Response:
        available = {name: {"version": "3.9.3", "priority": 1} for name in self.plugins}
        return httpx.Response(200, json={
            "version": "3.9.3", "plugins": {"available_on_server": available},
            "configuration": {"database": self.database},
        })  # fmt: skip

    def _entities(self, scope: Json, parts: list[str], request: httpx.Request) -> httpx.Response:
        if parts == ["health"] and self.knows_health:
            return self._health(scope["upstream"]["id"])
        kind = _CREDENTIALS.get(parts[0], parts[0]) if scope else parts[0]
        lacks_plugin = kind in _BROUGHT_BY and _BROUGHT_BY[kind] not in self.plugins
        if kind not in self.stored or lacks_plugin or (kind == "targets" and not scope):
            return _not_found()
        if len(parts) > 1:
            return self._one(kind, scope, parts[1], request)
        if request.method == "POST":
            return httpx.Response(201, json=self._create(kind, scope, self._body(request)))
        return self._list(kind, scope, request)

    def _health(self, upstream: str) -> httpx.Response:
        data = [
            {"target": t["target"], "health": self.healths.get(t["target"], "HEALTHCHECKS_OFF")}
            for t in self._targets(upstream)
        ]
        return httpx.Response(200, json={"data": data, "next": None, "total": len(data)})

    def _config(self, request: httpx.Request) -> httpx.Response:
        if self.database != "off":
            text = "this endpoint is only available when Kong is configured to not use a database"
            return httpx.Response(400, json={"message": text})
        if request.method == "GET":
            exported = {"_format_version": "3.0", "_transform": False} | self.beside
            return httpx.Response(200, json={"config": json.dumps(exported)})
        document = self._body(request)
        self.configurations.append(document)
        flatten = request.url.params.get("flatten_errors") == "1"
        return fake_config.load(self, document, flatten=flatten)

    def _one(self, kind: str, scope: Json, key: str, request: httpx.Request) -> httpx.Response:
        found = self._find(kind, key, scope)
        own = {"id": found["id"]} if found else {}
        match request.method:
            case "DELETE":
                if found is None:
                    return _not_found() if kind == "targets" else _gone()
                self._refuse_without_database()
                self._delete(kind, found)
                return _gone()
            case "GET" if found is not None:
                return httpx.Response(200, json=found)
            case "PATCH" if found is not None:
                return httpx.Response(
                    200, json=self._save(kind, _merged(found, self._body(request)) | own)
                )
            case "PATCH":
                raise Refusal(404, "not found", "could not find the entity with primary key")
            case "PUT" if found is not None or kind != "targets":
                return httpx.Response(200, json=self._put(kind, key, found, self._body(request)))
        return _not_found()

    def _create(self, kind: str, scope: Json, body: Json) -> Json:
        entity = self.normal(kind, DEFAULTS[kind] | body | scope)
        name = _NAME_OF.get(kind, "name")
        # A credential's key is unique among all consumers, a target or a group within its owner.
        within = {} if kind in ("key-auths", "jwts") else scope
        if entity.get(name) and self._find(kind, entity[name], within):
            unique = f"{{{name}={json.dumps(entity[name])}}}"
            raise Refusal(409, "unique", f"UNIQUE violation detected on '{unique}'")
        return self._save(kind, {"id": str(uuid.uuid4()), "tags": None} | entity)

    def _put(self, kind: str, key: str, found: Json | None, body: Json) -> Json:
        own = {"id": found["id"] if found else str(uuid.uuid4())}
        if not _is_uuid(key):
            own[_NAME_OF.get(kind, "name")] = key  # another name in the body is silently ignored
        return self._save(kind, {"tags": None} | DEFAULTS[kind] | self.normal(kind, body) | own)

    def _refuse_without_database(self) -> None:
        if self.database == "off":
            raise Refusal(
                405, "DB-less", "cannot create or update entities when not using a database"
            )

    def _save(self, kind: str, entity: Json) -> Json:
        self._refuse_without_database()
        weight = entity.get("weight", 0)
        if type(weight) is not int or not 0 <= weight <= 65535:
            raise Refusal(400, "schema", "schema violation", weight="expected an integer")
        for field, owners in _FOREIGN.items():
            if entity.get(field):
                owner = self._find(owners, next(iter(entity[field].values())))
                if owner is None:
                    raise Refusal(400, "foreign key", f"the foreign key does not exist: {field}")
                entity[field] = {"id": owner["id"]}
        stamp = next(self._clock)
        stamped = {"created_at": stamp, **entity, "updated_at": stamp}
        if kind == "targets":
            stamped["created_at"] += 0.123
        if kind == "jwts":
            stamped["secret"] = stamped.get("secret") or uuid.uuid4().hex
        self.stored[kind][stamped["id"]] = stamped
        self._watch_weights(kind, stamped)
        return stamped

    def _watch_weights(self, kind: str, entity: Json) -> None:
        if kind == "targets":
            upstream = entity["upstream"]["id"]
            total = sum(target["weight"] for target in self._targets(upstream))
            name = self.stored["upstreams"][upstream]["name"]
            self.lowest_sum[name] = min(self.lowest_sum.get(name, 1 << 30), total)

    def _delete(self, kind: str, found: Json) -> None:
        routes = self.stored["routes"].values()
        if kind == "services" and any(r["service"] == {"id": found["id"]} for r in routes):
            raise Refusal(
                400, "foreign key", "an existing 'routes' entity references this 'services'"
            )
        for belonging in self.stored.values():
            for entity in list(belonging.values()):
                if kind != "services" and entity.get(kind[:-1]) == {"id": found["id"]}:
                    del belonging[entity["id"]]
        del self.stored[kind][found["id"]]

    def _list(self, kind: str, scope: Json, request: httpx.Request) -> httpx.Response:
        query = request.url.params
        if not 1 <= int(query.get("size", 100)) <= 1000:
            raise Refusal(400, "size", "size must be an integer between 1 and 1000")
        size = min(int(query.get("size", 100)), self.page_size)
        entities = list(self.stored[kind].values())
        if scope:
            entities = [e for e in entities if scope.items() <= e.items()]
        elif "tags" in query:
            entities = _selected(entities, query["tags"])
        start = int(query.get("offset", 0))
        if self.empty_first_page and "offset" not in query:
            size = 0
        following = start + size if start + size < len(entities) else None
        page: Json = {"data": entities[start : start + size], "next": None}
        if following is not None:
            # A nested list forgets size and tags in `next`.
            kept = {} if scope else {k: query[k] for k in ("size", "tags") if k in query}
            url = httpx.URL(request.url.path, params=kept | {"offset": str(following)})
            page |= {"next": str(url), "offset": str(following)}
        return httpx.Response(200, json=page)

    def _find(self, kind: str, key: str, scope: Json | None = None) -> Json | None:
        name = _NAME_OF.get(kind, "name")
        candidates = (e for e in self.stored[kind].values() if (scope or {}).items() <= e.items())
        return next((e for e in candidates if key in (e["id"], e.get(name))), None)

    def _targets(self, upstream_id: str) -> list[Json]:
        return [t for t in self.stored["targets"].values() if t["upstream"]["id"] == upstream_id]

    def normal(self, kind: str, body: Json) -> Json:
        if kind != "targets":
            return _merged(DEFAULTS[kind], body)
        return body | {"target": _stored_address(body["target"])}

    def _body(self, request: httpx.Request) -> Json:
        try:
            body: Json = json.loads(request.content)
        except ValueError:
            raise Unparsable from None
        return body


def _selected(entities: list[Json], tags: str) -> list[Json]:
    """`a,b` wants both, `a/b` either."""
    if not tags or ("," in tags and "/" in tags):
        raise Refusal(400, "options", "invalid option (tags: ...)", tags="invalid")
    wanted = set(re.split("[,/]", tags))
    enough = 1 if "/" in tags else len(wanted)
    return [e for e in entities if len(wanted & set(e["tags"] or [])) >= enough]


def _validate(kind: str, request: httpx.Request) -> httpx.Response:
    """A little of Kong's schemas: where a path begins, what a target needs, what a plugin must say.
    It refuses owners without an id, and does not look for them."""
    if kind not in {*DEFAULTS, "keyauth_credentials", "jwt_secrets"} - {"key-auths", "jwts"}:
        return _not_found()
    body: Json = json.loads(request.content)
    wrong: Json = {
        owner: "expected an id" for owner in _FOREIGN if body.get(owner) and "id" not in body[owner]
    }
    paths = [None if path[0] in "/~" else "should start with: /" for path in body.get("paths", [])]
    if any(paths):
        wrong["paths"] = paths
    if kind == "targets" and "upstream" not in body:
        wrong["upstream"] = "required field missing"
    if body.get("name") == "cors" and "max_age" in body.get("config", {}):
        max_age = body["config"]["max_age"]
        if not isinstance(max_age, int):
            wrong["config"] = {"max_age": f"expected a number, not {max_age}"}
            wrong["@entity"] = ["at least one of these must be so"]
    if wrong:
        raise Refusal(400, "schema", "schema violation", **wrong)
    return httpx.Response(200, json={"message": "schema validation successful"})


def _not_found() -> httpx.Response:
    return httpx.Response(404, json={"message": "Not found"})


def _gone() -> httpx.Response:
    return httpx.Response(204)


def _merged(old: Json, new: Json) -> Json:
    both = {
        name: _merged(old[name], value)
        for name, value in new.items()
        if isinstance(value, dict) and isinstance(old.get(name), dict)
    }
    return old | new | both


def _stored_address(target: str) -> str:
    bracketed = re.fullmatch(r"\[(.*)\](?::(\d+))?", target)
    if bracketed:
        return f"[{ipaddress.ip_address(bracketed[1]).exploded}]:{bracketed[2] or 8000}"
    return target if ":" in target else f"{target}:8000"


def _is_uuid(key: str) -> bool:
    return bool(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", key))
