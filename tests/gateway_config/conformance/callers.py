"""Consumers with credentials, and the tokens they sign."""

import time
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

SECRET = "a secret that is long enough for HS256"


def make(kong: Any) -> dict[str, Any]:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    alice = kong.make("/consumers", username=kong.name("alice"), custom_id=kong.name("A1"))
    bob = kong.make("/consumers", username=kong.name("bob"))
    for consumer, group in ((alice, "in"), (bob, "out")):
        path = f"/consumers/{consumer['id']}"
        kong.make(f"{path}/acls", group=group)
        kong.make(f"{path}/key-auth", key=f"{consumer['username']}-key")
    tokens = f"/consumers/{alice['id']}/jwt"
    key = kong.name("rsa")
    kong.make(tokens, key=key, algorithm="RS256", rsa_public_key=public.decode())
    kong.make(tokens, key=kong.name("hmac"), algorithm="HS256", secret=SECRET)
    return {"alice": alice, "bob": bob, "private": private, "rsa": key, "hmac": kong.name("hmac")}


def rs256(callers: dict[str, Any], *, expires_in: int = 60, **given: Any) -> str:
    claims = {
        "iss": callers["rsa"],
        "exp": int(time.time()) + expires_in,
        **given.get("claims", {}),
    }
    return jwt.encode(claims, callers["private"], algorithm="RS256", headers=given.get("headers"))


def hs256(callers: dict[str, Any], *, secret: str = SECRET) -> str:
    claims = {"iss": callers["hmac"], "exp": int(time.time()) + 60}
    return jwt.encode(claims, secret, algorithm="HS256")
