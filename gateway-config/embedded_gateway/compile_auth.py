"""jwt, key-auth, acl and ip-restriction as filters."""

import base64
import ipaddress
import json
from collections.abc import Iterable, Mapping

from embedded_gateway.callers import Callers
from embedded_gateway.consumers import Jwt as Credential
from embedded_gateway.envoy_types import Json
from embedded_gateway.filters import chained, gone, lookup, mutation, put
from embedded_gateway.plugin_auth import Acl, IpRestriction, Jwt, KeyAuth

_CONSUMER, _CREDENTIAL = "X-Consumer-ID", "X-Credential-Identifier"
_VERIFIED = "%DYNAMIC_METADATA(envoy.filters.http.jwt_authn:{part}:{claim})%"


def key_auth(config: KeyAuth, callers: Callers) -> list[Json]:
    """The key's credential becomes a header, and that the consumer's."""
    if not callers.keys:
        return [
            _refuse("key-auth-missing", _absent(config)),
            _refuse("key-auth-unknown", _anybody()),
        ]
    sources = [{"header": name} for name in config.key_names if config.key_in_header]
    sources += [{"query": name} for name in config.key_names if config.key_in_query]
    keys = chained(
        "key-auth",
        "api_key_auth.v3.ApiKeyAuth",
        credentials=[{"key": owned.key, "client": owned.id} for owned in callers.keys],
        key_sources=sources,
        forwarding={"header": _CREDENTIAL, "hide_credentials": config.hide_credentials},
    )
    return [keys, _consumer({owned.id: owned.consumer.id for owned in callers.keys}, callers)]


def jwt(config: Jwt, callers: Callers) -> list[Json]:
    """By `iss` one provider for each credential, by `kid` one for all keys."""
    named = "header" if config.key_claim_name == "kid" else "payload"
    known = [token for token in callers.tokens if named == "payload" or not token.is_symmetric]
    if not known:
        return [_refuse("jwt-missing", _no_token(config)), _refuse("jwt-unknown", _anybody())]
    keys = _providers(config, known)
    one_of = [{"provider_name": name} for name in keys]
    # A list of one is not taken.
    requires = one_of[0] if len(one_of) == 1 else {"requires_any": {"requirements": one_of}}
    rule = {"match": {"prefix": "/"}, "requires": requires}
    verify = chained("jwt", "jwt_authn.v3.JwtAuthentication", providers=keys, rules=[rule])
    claim = _VERIFIED.format(part=named, claim=config.key_claim_name)
    return [
        verify,
        mutation("jwt-credential", request=[gone(_CREDENTIAL), put(_CREDENTIAL, claim)]),
        # A token that names no key is tried with all of them; Kong wants to be told which.
        _refuse("jwt-unnamed", [_header(_CREDENTIAL, present=False)]),
        _consumer({token.key: token.consumer.id for token in known}, callers),
    ]


def acl(config: Acl, callers: Callers, *, authenticated: bool) -> list[Json]:
    """Groups are looked up when the chain is made; what is compared is the consumer."""
    if not authenticated:
        return [_refuse("acl-unauthenticated", _anybody())]
    members = [_consumer_is(found) for found in callers.in_any(config.allow or config.deny or ())]
    if config.allow:
        blocked = [{"not_id": {"or_ids": {"ids": members}}}] if members else _anybody()
    else:
        blocked = members
    chain = [_refuse("acl", blocked)] if blocked else []
    groups = {consumer: ", ".join(found) for consumer, found in callers.groups.items()}
    if groups and not config.hide_groups_header:
        shown = put("X-Consumer-Groups", lookup(groups, _CONSUMER))
        chain.append(mutation("acl-groups", request=[shown]))
    return chain


def ip_restriction(config: IpRestriction) -> list[Json]:
    """Deny first, as Kong does."""
    chain = []
    if config.deny:
        chain.append(_refuse("ip-restriction", _addresses(config.deny)))
    if config.allow:
        outside = [{"not_id": {"or_ids": {"ids": _addresses(config.allow)}}}]
        chain.append(_refuse("ip-restriction", outside))
    return chain


def _providers(config: Jwt, tokens: Iterable[Credential]) -> dict[str, Json]:
    if config.key_claim_name == "kid":
        return {"all": _provider(config, [{**_jwk(t), "kid": t.key} for t in tokens])}
    return {t.id: {**_provider(config, [_jwk(t)]), "issuer": t.key} for t in tokens}


def _provider(config: Jwt, keys: list[Json]) -> Json:
    bearer = {"value_prefix": "Bearer "}
    provider: Json = {
        "local_jwks": {"inline_string": json.dumps({"keys": keys})},
        "forward": True,
        "require_expiration": True,
        # Zero would mean Envoy's default of a minute; Kong has no leeway.
        "clock_skew_seconds": 1,
        "payload_in_metadata": "payload",
        "header_in_metadata": "header",
        "from_headers": [{"name": name, **bearer} for name in config.header_names],
        "from_params": [*config.uri_param_names],
        "from_cookies": [*config.cookie_names],
    }
    return {name: value for name, value in provider.items() if value != []}


def _jwk(token: Credential) -> Json:
    if token.is_symmetric:
        return {"kty": "oct", "alg": token.algorithm, "k": _base64(token.secret.encode())}
    numbers = token.public_key().public_numbers()
    return {
        "kty": "RSA",
        "alg": token.algorithm,
        "use": "sig",
        "n": _number(numbers.n),
        "e": _number(numbers.e),
    }


def _number(value: int) -> str:
    return _base64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _consumer(owners: Mapping[str, str], callers: Callers) -> Json:
    """From the credential to the consumer's headers."""
    steps = [put(_CONSUMER, lookup(owners, _CREDENTIAL))]
    for name, table in (
        ("X-Consumer-Username", callers.usernames),
        ("X-Consumer-Custom-ID", callers.custom_ids),
    ):
        if table:
            steps.append(put(name, lookup(table, _CONSUMER)))
    return mutation("consumer", request=steps)


def _refuse(policy: str, principals: list[Json]) -> Json:
    """The policy's name reaches the answer: see `replies`."""
    rule = {"permissions": [{"any": True}], "principals": principals}
    rules = {"action": "DENY", "policies": {policy: rule}}
    return chained(policy, "rbac.v3.RBAC", rules=rules)


def _no_token(config: Jwt) -> list[Json]:
    absent = [_header(name, present=False) for name in config.header_names]
    return [{"and_ids": {"ids": absent}}] if absent else _anybody()


def _absent(config: KeyAuth) -> list[Json]:
    absent = [_header(name, present=False) for name in config.key_names]
    return [{"and_ids": {"ids": absent}}]


def _header(name: str, *, present: bool) -> Json:
    return {"header": {"name": name, "present_match": present}}


def _consumer_is(identifier: str) -> Json:
    return {"header": {"name": _CONSUMER, "string_match": {"exact": identifier}}}


def _addresses(networks: Iterable[str]) -> list[Json]:
    found = [ipaddress.ip_network(network, strict=False) for network in networks]
    return [
        {
            "direct_remote_ip": {
                "address_prefix": str(network.network_address),
                "prefix_len": network.prefixlen,
            }
        }
        for network in found
    ]


def _anybody() -> list[Json]:
    return [{"any": True}]
