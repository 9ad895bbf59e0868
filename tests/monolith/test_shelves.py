import pytest

from monolith.catalog import shelves
from monolith.contracts.catalog import PutCategory
from monolith.contracts.problems import ProblemError


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
