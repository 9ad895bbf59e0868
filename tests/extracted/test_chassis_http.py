"""The chassis over HTTP: errors stay in their request, queries do not stall, SIGTERM loses nothing."""

import concurrent.futures
import socket
import time
from pathlib import Path

import httpx
import pytest

from tests.extracted.running import DESK, START_S, Program, Start, until


def test_a_sleeping_query_does_not_stall_the_hub(shared_desk: Program) -> None:
    assert float(shared_desk.http.get("/stall").text) < 0.2


@pytest.mark.parametrize(
    ("path", "status"), [("/stumble", 500), ("/crash", 500), ("/timeout", 500)]
)
def test_a_failure_costs_one_request_and_says_nothing_of_our_inside(
    shared_desk: Program, path: str, status: int
) -> None:
    answer = shared_desk.http.get(path)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:problem:internal-error"
    assert "secret" not in answer.text
    assert shared_desk.http.get("/query/0").status_code == 200


def test_the_log_names_the_request_that_failed(shared_desk: Program) -> None:
    shared_desk.http.get("/crash", headers={"X-Correlation-ID": "find-me"})

    failed = [line for line in shared_desk.log.read_text().splitlines() if "find-me" in line]
    assert any("a secret of ours" in line for line in failed)


def test_a_long_answer_does_not_wait_for_an_acknowledgement(shared_desk: Program) -> None:
    def took_s() -> float:
        began = time.perf_counter()
        assert len(shared_desk.http.get("/long/20000").content) == 20_000
        return time.perf_counter() - began

    # Who receives half an answer acknowledges it after 40 ms (Linux), each time.
    assert min(took_s() for _ in range(20)) < 0.04


@pytest.mark.parametrize("path", ["/ask%2F0", "/ask%2f0", "/ask%5C0"])
def test_a_path_that_the_gateway_has_read_otherwise_is_not_known(
    shared_desk: Program, path: str
) -> None:
    assert shared_desk.http.get("/ask/0").status_code == 200
    assert shared_desk.http.get(path).status_code == 404


def test_an_unknown_path_and_a_wrong_method_get_problem_details(shared_desk: Program) -> None:
    missing = shared_desk.http.get("/nowhere")
    wrong = shared_desk.http.put("/crash")

    assert (missing.status_code, missing.json()["type"]) == (404, "urn:problem:not-found")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET, HEAD")
    assert missing.headers["x-served-by"] == "desk"


def test_a_strange_correlation_id_is_replaced(shared_desk: Program) -> None:
    answer = shared_desk.http.get("/query/0", headers={"X-Correlation-ID": "a" * 500})

    assert len(answer.headers["x-correlation-id"]) == 36


def test_numbers_are_exposed_by_route(shared_desk: Program) -> None:
    shared_desk.http.get("/query/0")

    text = shared_desk.http.get("/metrics").text
    assert 'http_request_seconds_count{method="GET",route="/query/<seconds>",status="200"}' in text


def test_sigterm_lets_running_work_finish_and_takes_no_more(desk: Program) -> None:
    with concurrent.futures.ThreadPoolExecutor() as pool:
        answer = pool.submit(httpx.get, f"{desk.url}/query/1.5", timeout=10)
        time.sleep(0.5)
        desk.process.terminate()
        until(lambda: _refuses(desk.url))

        assert answer.result().status_code == 200
        assert answer.result().headers["connection"] == "close"
    assert desk.process.wait(timeout=10) == 0


@pytest.mark.slow
def test_sigterm_stops_an_idle_process_at_once(desk: Program) -> None:
    started = time.monotonic()

    assert desk.stop() == 0
    assert time.monotonic() - started < 5


@pytest.mark.slow
def test_work_that_never_ends_is_cut_off_after_the_grace_period(start: Start, notes: Path) -> None:
    desk = start(DESK, NOTES=str(notes), GRACE_S="1")
    with concurrent.futures.ThreadPoolExecutor() as pool:
        pool.submit(httpx.get, f"{desk.url}/query/3.9", timeout=10)
        time.sleep(0.5)

        assert desk.stop() == 70


@pytest.mark.slow
def test_a_draining_process_serves_but_is_not_ready(start: Start, notes: Path) -> None:
    desk = start(DESK, NOTES=str(notes), DRAIN_S="2")
    desk.process.terminate()
    until(lambda: desk.http.get("/readyz").status_code == 503)

    assert desk.http.get("/query/0").status_code == 200
    assert desk.http.get("/healthz").status_code == 200
    assert desk.process.wait(timeout=10) == 0


def test_a_process_without_its_database_is_alive_but_not_ready(start: Start, notes: Path) -> None:
    desk = start(
        DESK,
        is_awaited=False,
        NOTES=str(notes),
        CATALOG_DATABASE_URL="postgresql://nobody@127.0.0.1:9/none",
    )
    until(lambda: _answers(f"{desk.url}/healthz"), within_s=START_S)

    assert httpx.get(f"{desk.url}/readyz", timeout=10).status_code == 503
    query = httpx.get(f"{desk.url}/query/0", timeout=10)
    assert (query.status_code, query.json()["type"]) == (503, "urn:problem:unavailable")


def _answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code == 200
    except httpx.TransportError:
        return False


def _refuses(url: str) -> bool:
    host, port = url.removeprefix("http://").split(":")
    try:
        socket.create_connection((host, int(port)), timeout=1).close()
    except OSError:
        return True
    return False
