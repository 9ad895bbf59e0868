import json

import pytest

from monolith.catalog.seam import WHERE as CATALOG
from monolith.inventory.seam import WHERE as INVENTORY
from monolith.orders.seam import WHERE as ORDERS
from monolith.web import openapi
from tests.monolith.reads import DEARER, READS

LISTS = {path: read for path, read in READS.items() if read.lists}
DETAILS = {path: read for path, read in READS.items() if not read.lists}


@pytest.fixture(autouse=True)
def known_standing(committed, monkeypatch):
    # Where the seam stands is asked at most twice a second, whoever comes then: no read's own cost.
    for where in (CATALOG, INVENTORY, ORDERS):
        monkeypatch.setattr(where, "_clock", lambda: 0.0)
        where.forget()
        where()


@pytest.fixture
def asked(api, django_assert_num_queries):
    def asked(path, read, *, rows):
        place = read.fill(rows)
        with django_assert_num_queries(read.queries, info=f"{path} with {rows} rows"):
            answer = api.get(place)
        assert answer.status_code == 200, answer.content
        return answer.json()

    return asked


def test_every_read_of_the_description_has_a_count_and_no_other():
    described = json.loads(openapi.GOLDEN.read_text())["paths"]
    assert READS.keys() == {path for path, methods in described.items() if "get" in methods}


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("rows", [1, 10])
def test_a_list_asks_as_often_for_one_row_as_for_ten(asked, path, rows):
    read = LISTS[path]
    assert len(asked(path, read, rows=rows)[read.lists]) == rows


@pytest.mark.parametrize("path", DETAILS)
def test_a_detail_asks_a_fixed_number_of_times(asked, path):
    asked(path, DETAILS[path], rows=1)


@pytest.mark.parametrize("what", DEARER)
def test_what_the_first_question_does_not_answer_costs_one_more(asked, what):
    asked(what, DEARER[what], rows=1)
