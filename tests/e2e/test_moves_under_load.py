"""The catalog leaves the monolith while people use it, and comes back; nobody is refused."""

PAUSE_LIMIT_MS = 500


def pauses(moved):
    return [step["pause_ms"] for step in moved["steps"] if step["pause_ms"] is not None]


def test_nothing_fails_is_lost_or_doubled_on_the_way_there_and_back(system, people, at):
    at("monolith")
    there = system.strangler("advance", "catalog", "--to", "cutover")
    people.write_more(40)
    back = system.strangler("retreat", "catalog", "--to", "monolith")
    people.write_more(20)

    verdict = people.verdict()

    assert verdict.clean, verdict.wrongs
    assert verdict.acknowledged > 100
    assert [step["to"] for step in there["steps"]] == [
        "shadow",
        "canary-5",
        "canary-25",
        "canary-50",
        "canary-100",
        "cutover",
    ]
    assert [step["to"] for step in back["steps"]][-1] == "monolith"
    assert len(pauses(there)) == len(pauses(back)) == 1
    assert max(pauses(there) + pauses(back)) < PAUSE_LIMIT_MS
