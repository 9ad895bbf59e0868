import pytest

from monolith.seams.differences import Known, declared, differing, noisy

LAMP = {"id": 1, "price": {"amount": 5, "currency": "EUR"}, "tags": ["a", "b"], "sold": True}


@pytest.mark.parametrize(
    ("theirs", "fields"),
    [
        (LAMP, set()),
        (dict(reversed(LAMP.items())), set()),
        ({**LAMP, "price": {"amount": 6, "currency": "USD"}}, {"price.amount", "price.currency"}),
        ({**LAMP, "price": None}, {"price"}),
        ({**LAMP, "tags": ["a", "c"]}, {"tags[]"}),
        ({**LAMP, "tags": ["a"]}, {"tags[]"}),
        ({**LAMP, "tags": {}}, {"tags"}),
        ({**LAMP, "sold": 1}, {"sold"}),
        ({**LAMP, "new": None}, {"new"}),
        ({name: LAMP[name] for name in LAMP if name != "id"}, {"id"}),
        ([LAMP], {"(body)"}),
    ],
)
def test_each_field_that_differs_is_named(theirs, fields):
    assert differing(LAMP, theirs) == differing(theirs, LAMP) == fields


def test_elements_of_a_list_are_one_field():
    ours = {"items": [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]}
    theirs = {"items": [{"id": 1, "name": "x"}, {"id": 3, "name": "b"}]}
    assert differing(ours, theirs) == {"items[].name", "items[].id"}
    assert differing(ours, {"items": ours["items"][:1]}) == {"items[]"}


def test_a_declaration_names_a_field_and_what_is_below_it():
    fields = {"items[].rank", "items[].rank.of", "items[].ranking", "items"}
    one = Known(route="x", field="items[].rank", because="why")
    assert declared(fields, [one]) == {"items[].rank": "why", "items[].rank.of": "why"}
    all_of_them = Known(route="x", field="items", because="all")
    assert declared(fields, [all_of_them]).keys() == fields
    assert declared(fields, []) == {}


def test_noise_covers_what_lies_below_it_but_for_the_length_of_a_list():
    assert noisy({"p.a", "p", "pa", "q"}, {"p"}) == {"p.a", "p"}
    assert noisy({"items[]", "items[].id"}, {"items[]"}) == {"items[]"}
