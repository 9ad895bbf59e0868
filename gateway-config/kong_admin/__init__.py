"""Kong's Admin API, typed: entities, a client, a pure diff, and a sync that waits for the proxy."""

from kong_admin.audit import Audit, AuditLog, audit_of
from kong_admin.client import KongAdmin
from kong_admin.compare import Difference
from kong_admin.consumers import Acl, Consumer, Credential, Jwt, KeyAuth
from kong_admin.declarative import load
from kong_admin.diff import HELD_WEIGHT_TAG, SELECT_TAG, Change, diff
from kong_admin.drift import OPTIONAL_TAG, Drift, drift
from kong_admin.entities import Plugin, Route, Service, Target, Upstream
from kong_admin.entity import Entity, Reference
from kong_admin.errors import (
    ConflictError,
    DeclarationError,
    GatewayFailedError,
    InvalidEntityError,
    KongAdminError,
    MissingPluginError,
    NotAppliedError,
    NotAuthorizedError,
    NotFoundError,
    NotLiveError,
    NotWritableError,
    Problem,
    RefusedError,
    UnexpectedAnswerError,
    UnreachableError,
    UnsafeWeightsError,
    UnsettledError,
    UnusableInputError,
)
from kong_admin.jwks import KeySet, VerifyingKey
from kong_admin.keys import KEYS_TAG, keys_state
from kong_admin.membership import Membership
from kong_admin.node import Node
from kong_admin.proxy import Patience, Probe, Proxy, probe_for
from kong_admin.reading import read_state
from kong_admin.render import render
from kong_admin.resource import Resource
from kong_admin.retry import NO_RETRY, Retry
from kong_admin.shares import ASIDE_TAG, SELF_REGISTERED_TAG, instances_of, weights_for
from kong_admin.state import State
from kong_admin.sync import Synced, compare, sync
from kong_admin.validation import validate
from kong_admin.watch import Live
from kong_admin.weights import WeightChange, plan_weights, read_weights, set_weights

__all__ = [
    "ASIDE_TAG",
    "HELD_WEIGHT_TAG",
    "KEYS_TAG",
    "NO_RETRY",
    "OPTIONAL_TAG",
    "SELECT_TAG",
    "SELF_REGISTERED_TAG",
    "Acl",
    "Audit",
    "AuditLog",
    "Change",
    "ConflictError",
    "Consumer",
    "Credential",
    "DeclarationError",
    "Difference",
    "Drift",
    "Entity",
    "GatewayFailedError",
    "InvalidEntityError",
    "Jwt",
    "KeyAuth",
    "KeySet",
    "KongAdmin",
    "KongAdminError",
    "Live",
    "Membership",
    "MissingPluginError",
    "Node",
    "NotAppliedError",
    "NotAuthorizedError",
    "NotFoundError",
    "NotLiveError",
    "NotWritableError",
    "Patience",
    "Plugin",
    "Probe",
    "Problem",
    "Proxy",
    "Reference",
    "RefusedError",
    "Resource",
    "Retry",
    "Route",
    "Service",
    "State",
    "Synced",
    "Target",
    "UnexpectedAnswerError",
    "UnreachableError",
    "UnsafeWeightsError",
    "UnsettledError",
    "UnusableInputError",
    "Upstream",
    "VerifyingKey",
    "WeightChange",
    "audit_of",
    "compare",
    "diff",
    "drift",
    "instances_of",
    "keys_state",
    "load",
    "plan_weights",
    "probe_for",
    "read_state",
    "read_weights",
    "render",
    "set_weights",
    "sync",
    "validate",
    "weights_for",
]
