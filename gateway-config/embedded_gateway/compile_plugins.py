"""A route's plugins become a filter chain of its own, in the order in which Kong runs them."""

from collections.abc import Iterable

from embedded_gateway.envoy_types import ADD, FILTERS, Json, header, typed
from embedded_gateway.models import Plugin
from embedded_gateway.plugins import PRIORITY, CorrelationId

_CHAIN = "envoy.filters.http.filter_chain"
_CHAIN_PER_ROUTE = FILTERS + "filter_chain.v3.FilterChainConfigPerRoute"
_MUTATION = FILTERS + "header_mutation.v3.HeaderMutation"


def compile_chain(plugins: Iterable[Plugin]) -> Json:
    """The route's `typed_per_filter_config`, or nothing when no plugin acts on requests."""
    ordered = sorted(plugins, key=lambda plugin: -PRIORITY[plugin.name])
    # Prometheus has no filter: the listener's access logger counts, `metrics` shows its share.
    filters = [_correlation_id(plugin) for plugin in ordered if plugin.name == "correlation-id"]
    if not filters:
        return {}
    chain = typed(_CHAIN_PER_ROUTE, filter_chain={"filters": filters})
    return {"typed_per_filter_config": {_CHAIN: chain}}


def _correlation_id(plugin: Plugin) -> Json:
    config = CorrelationId.model_validate(plugin.config)
    name = config.header_name
    mutations: Json = {"request_mutations": [{"append": header(name, "%UNIQUE_ID%", ADD)}]}
    if config.echo_downstream:
        mutations["response_mutations"] = [{"append": header(name, f"%REQ({name})%")}]
    return {"name": plugin.name, "typed_config": typed(_MUTATION, mutations=mutations)}
