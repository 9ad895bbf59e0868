import pytest

from extracted.contracts.catalog import PutCategory
from extracted.contracts.problems import ProblemError
from monolith.catalog import shelves


@pytest.mark.django_db
@pytest.mark.parametrize("above", ["a", "b"])
def test_a_category_never_stands_below_itself(make_category, above):
    make_category("b", parent=make_category("a"))
    with pytest.raises(ProblemError, match="below itself"):
        shelves.change_category(PutCategory(slug="a", name="A", parent=above))
    with pytest.raises(ProblemError, match="unknown-category"):
        shelves.change_category(PutCategory(slug="a", name="A", parent="nowhere"))
    with pytest.raises(ProblemError, match="this slug"):
        shelves.create_category(PutCategory(slug="a", name="A"))


def test_what_changes_about_a_category_is_told_with_its_parent(committed, capture, owner):
    above = shelves.create_category(PutCategory(slug="a", name="A"))
    shelves.create_category(PutCategory(slug="b", name="B"))
    shelves.change_category(PutCategory(slug="b", name="B", parent="a"))
    told = owner.execute(
        "SELECT event, payload->'rows'->0->'image' FROM handover.outbox ORDER BY 1"
    ).fetchall()
    assert [event for event, _ in told] == ["category_changed", *["category_created"] * 2]
    image = told[0][1]
    shown = owner.execute(
        "SELECT image FROM handover.image_catalog_category WHERE version = 2"
    ).fetchone()
    assert (image, image["parent_id"]) == (shown[0], str(above))
