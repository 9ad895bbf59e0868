"""Kong's Admin API, typed: entities, a client, a pure diff, and a sync that waits for the proxy."""

from kong_admin.client import KongAdmin
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
    UnusableInputError,
)
from kong_admin.node import Node
from kong_admin.resource import Resource
from kong_admin.retry import NO_RETRY, Retry
from kong_admin.weights import WeightChange, plan_weights, read_weights, set_weights

__all__ = [
    "NO_RETRY",
    "ConflictError",
    "DeclarationError",
    "Entity",
    "GatewayFailedError",
    "InvalidEntityError",
    "KongAdmin",
    "KongAdminError",
    "MissingPluginError",
    "Node",
    "NotAppliedError",
    "NotAuthorizedError",
    "NotFoundError",
    "NotLiveError",
    "NotWritableError",
    "Plugin",
    "Problem",
    "Reference",
    "RefusedError",
    "Resource",
    "Retry",
    "Route",
    "Service",
    "Target",
    "UnexpectedAnswerError",
    "UnreachableError",
    "UnsafeWeightsError",
    "UnusableInputError",
    "Upstream",
    "WeightChange",
    "plan_weights",
    "read_weights",
    "set_weights",
]
