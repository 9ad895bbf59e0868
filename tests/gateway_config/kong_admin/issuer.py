"""An issuer of tokens with a key set that can be rotated, and a server that publishes it."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa


class Issuer:
    """As the monolith does it: a key is published, then signs, then only verifies, then is gone."""

    def __init__(self) -> None:
        self._private: dict[str, rsa.RSAPrivateKey] = {}
        self.published: list[str] = []
        self.signs_with = self.publish()

    def publish(self) -> str:
        kid = f"key-{len(self._private)}"
        self._private[kid] = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.published.append(kid)
        return kid

    def token(self, *, kid: str | None = None) -> str:
        kid = kid or self.signs_with
        claims = {"iss": "shop", "sub": "alice", "exp": int(time.time()) + 60}
        return jwt.encode(claims, self._private[kid], algorithm="RS256", headers={"kid": kid})

    def pem(self, kid: str) -> str:
        return (
            self._private[kid]
            .public_key()
            .public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
            .decode()
        )

    def document(self) -> dict[str, Any]:
        def public(kid: str) -> dict[str, Any]:
            key = self._private[kid].public_key()
            numbers = jwt.algorithms.RSAAlgorithm.to_jwk(key, as_dict=True)
            return {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid} | {
                name: numbers[name] for name in ("n", "e")
            }

        return {"keys": [public(kid) for kid in self.published]}


@contextmanager
def serving(document: Any) -> Iterator[str]:
    """The address where `document()` is published."""

    class Publish(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            text = json.dumps(document()).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Publish)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/jwks"
    finally:
        server.shutdown()
        server.server_close()
