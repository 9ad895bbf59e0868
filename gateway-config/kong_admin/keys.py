"""Whose tokens a gateway believes: the jwt credentials of one consumer, made equal to a key set.

The new keys come first, the gone ones leave after the new ones are live: while a key set is
rotated as it should be (a key is published before it signs, and stays until its tokens have ended),
no token is refused.
"""

from kong_admin.consumers import Consumer, Jwt
from kong_admin.entity import Reference
from kong_admin.jwks import KeySet
from kong_admin.state import State

# Not the tag of the files: `sync` would take away what no file declares.
KEYS_TAG = "kong-admin-keys"
CONSUMER = "access-tokens"


def keys_state(found: KeySet, *, consumer: str = CONSUMER, select_tag: str = KEYS_TAG) -> State:
    """The consumer and a credential per key: give it to `sync` with the same select tag. A plugin
    jwt with `key_claim_name: kid` then knows each token's key.
    """
    tags = (select_tag,)
    return State(
        consumers=(Consumer(username=consumer, tags=tags),),
        jwts=tuple(
            Jwt(
                consumer=Reference(name=consumer),
                key=key.kid,
                algorithm=key.algorithm,
                rsa_public_key=key.pem,
                tags=tags,
            )
            for key in found.keys
        ),
    )
