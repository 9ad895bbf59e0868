import pytest

from tests.monolith.reads import DEARER, OF_THE_SERVICES, READS
from tests.monolith.test_openapi import served

LISTS = {path: read for path, read in READS.items() if read.lists}
DETAILS = {path: read for path, read in READS.items() if not read.lists}


@pytest.fixture
def asked(committed, api, django_assert_num_queries):
    def asked(path, read, *, rows):
        place = read.fill(rows)
        with django_assert_num_queries(read.queries, info=f"{path} with {rows} rows"):
            answer = api.get(place)
        assert answer.status_code == 200, answer.content
        return answer.json()

    return asked


def test_every_read_has_a_count_and_no_other():
    reads = {place for place, methods in served().items() if "get" in methods}
    assert READS.keys() == reads - OF_THE_SERVICES


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
