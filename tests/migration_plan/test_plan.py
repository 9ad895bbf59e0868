"""Reading seams/*.yaml: what is meant is typed, what cannot be meant is one line."""

from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from strangler.copying import ahead_s
from strangler.errors import PlanError
from strangler.plan import Plan
from strangler.plans import SEAMS, load, names, needed_by

ENVIRONMENT = {
    "STRANGLER_MONOLITH_DATABASE_URL": "postgresql://m",
    "STRANGLER_CATALOG_DATABASE_URL": "postgresql://s",
    "AMQP_URL": "amqp://broker",
    "CATALOG_URLS": "http://127.0.0.1:1,http://127.0.0.1:2",
    "KONG_ADMIN_URL": "http://admin",
    "KONG_PROXY_URL": "http://proxy",
    "MONOLITH_URL": "http://127.0.0.1:100",
    "STRANGLER_NOTIFICATIONS_DATABASE_URL": "postgresql://n",
    "NOTIFICATIONS_URLS": "http://127.0.0.1:3",
    "MONOLITH_TARGET": "127.0.0.1:100",
    "STRANGLER_DUMPS": "/not/there",
    "GATEWAY_ACCESS_LOG": "/not/there.jsonl",
} | {
    name: value
    for seam in ("INVENTORY", "ORDERS", "PAYMENTS")
    for name, value in {
        f"STRANGLER_{seam}_DATABASE_URL": "postgresql://s",
        f"{seam}_URLS": "http://127.0.0.1:4",
    }.items()
}


def changed(tmp_path: Path, before: str, after: str) -> Path:
    text = (SEAMS / "catalog.yaml").read_text()
    assert before in text
    (tmp_path / "catalog.yaml").write_text(text.replace(before, after, 1))
    return tmp_path


@pytest.mark.parametrize("seam", names())
def test_every_plan_in_the_repository_can_be_read(seam: str) -> None:
    assert load(seam, environ=ENVIRONMENT).monolith_url == "http://127.0.0.1:100"


def test_what_the_catalog_leaves_behind_is_told_by_its_plan() -> None:
    plan = load("catalog", environ=ENVIRONMENT)
    assert plan.gateway is not None
    # Its instances register themselves.
    assert plan.gateway.targets.service == ()
    assert plan.canary[-1] == 100


QUIET = """
seam: quiet
databases: {monolith: "postgresql://m", service: "postgresql://s"}
broker: amqp://broker
instances: http://127.0.0.1:1
monolith: http://127.0.0.1:100
limits: {lag_messages: 1, reconcile_age_s: 1, transaction_s: 1}
backfill: {chunk_rows: 1, pause_above_messages: 1}
handover: {lock_timeout_ms: 500, token_timeout_s: 2, tries: 20}
patience: {checks_s: 1, catch_up_s: 1, comparisons_s: 1, verify_s: 1}
"""


ANALYSIS = """
analysis: {log: /log, service: quiet, window_s: 1, windows: 1, minimum_requests: 1,
  error_ratio: 0, error_ratio_times: 1, p95_ms: 0, p95_times: 1, significance: 0.01}
"""


def quiet(folder: Path, *, before: str = "", after: str = "") -> Plan:
    """A seam that leaves the gateway, the probe and the canary out."""
    assert before in QUIET
    (folder / "quiet.yaml").write_text(QUIET.replace(before, after, 1))
    return load("quiet", folder=folder, environ={})


def test_a_seam_may_have_no_part_of_the_gateway(tmp_path: Path) -> None:
    plan = quiet(tmp_path)
    assert (plan.gateway, plan.probe, plan.canary) == (None, None, ())


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ("limits:", "canary: [100]\nlimits:", "gateway, probe, canary: all three or none of them"),
        ("monolith: http://127.0.0.1:100\n", "", "monolith: without a gateway, say where"),
        (
            "limits:",
            f"{ANALYSIS}limits:",
            "analysis: without a gateway there is no canary",
        ),
    ],
)
def test_half_a_part_of_the_gateway_is_none(
    tmp_path: Path, before: str, after: str, complaint: str
) -> None:
    with pytest.raises(PlanError, match=complaint):
        quiet(tmp_path, before=before, after=after)


def test_passwords_do_not_show_when_a_plan_is_printed() -> None:
    plan = load("catalog", environ=ENVIRONMENT)
    assert "postgresql://" not in repr(plan)
    assert "amqp://" not in repr(plan)


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ("lag_messages: 200", "lag_mesages: 200", "limits.lag_mesages: unknown key, did you mean"),
        ("lag_messages: 200", "lag_messages: many", "limits.lag_messages: Input should be a valid"),
        ("canary: [5, 25, 50, 100]", "canary: [25, 5, 100]", "canary: the weights must rise"),
        ("canary: [5, 25, 50, 100]", "canary: [5, 50]", "end with 100"),
        ("compared_reads: 50", "", "limits.compared_reads: reads go to the service"),
        ("canary: [5, 25, 50, 100]", "canary: [5, 101]", "canary.1: Input should be less than"),
        ("seam: catalog", "seam: orders", "seam: must be 'catalog'"),
        ("broker: ${AMQP_URL}", "broker: ${AMPQ_URL}", "broker: the environment has no AMPQ_URL"),
        ("seam: catalog", "seam: catalog\nseam: catalog", "the key 'seam' is given twice"),
    ],
)
def test_a_slip_is_one_line_with_file_and_path(
    tmp_path: Path, before: str, after: str, complaint: str
) -> None:
    folder = changed(tmp_path, before, after)
    with pytest.raises(PlanError) as raised:
        load("catalog", folder=folder, environ=ENVIRONMENT)
    message = str(raised.value)
    assert message.startswith(f"{folder}/catalog.yaml: ")
    assert complaint in message
    assert "\n" not in message


def test_a_seam_without_a_plan_names_those_there_are() -> None:
    with pytest.raises(PlanError, match=r"there are: .*catalog"):
        load("catalogue", environ=ENVIRONMENT)


def test_a_plan_says_what_it_needs_and_every_need_is_a_seam() -> None:
    needs = {seam: load(seam, environ=ENVIRONMENT).needs for seam in names()}
    assert needs["orders"]
    assert {need for found in needs.values() for need in found} <= set(names())
    for seam in names():
        assert needed_by(seam) == tuple(other for other in names() if seam in needs[other])


def test_no_two_seams_wait_for_each_other() -> None:
    needs = {seam: set(load(seam, environ=ENVIRONMENT).needs) for seam in names()}
    assert list(TopologicalSorter(needs).static_order())


def test_a_backfill_has_a_limit_where_somebody_says_so(tmp_path: Path) -> None:
    assert load("catalog", environ=ENVIRONMENT).backfill.rows_per_s is None
    folder = changed(tmp_path, "chunk_rows: 500", "chunk_rows: 50\n  rows_per_s: 300")
    assert load("catalog", folder=folder, environ=ENVIRONMENT).backfill.rows_per_s == 300


@pytest.mark.parametrize(
    ("copied", "took_s", "limit", "ahead"),
    [(500, 0.0, None, 0.0), (500, 0.1, 1000, 0.4), (500, 0.5, 1000, 0.0), (500, 9.0, 1000, 0.0)],
)
def test_a_copy_waits_for_as_long_as_it_is_ahead_of_its_limit(
    copied: int, took_s: float, limit: int | None, ahead: float
) -> None:
    assert ahead_s(copied, took_s, limit=limit) == pytest.approx(ahead)
