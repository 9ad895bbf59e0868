"""What a row of the stream looks like, as each side's database says it."""

import pytest

from handover.images import names_built

PARTS = (
    "SELECT id AS key, jsonb_build_object('id', here.id, 'note', replace(here.note, ',('::text, "
    "'it''s'::text), 'lines', COALESCE(( SELECT jsonb_agg(jsonb_build_object('position', "
    "part.\"position\", 'sku', part.sku)) AS jsonb_agg\n FROM line part), '[]'::jsonb)) AS image "
    "FROM here"
)


@pytest.mark.parametrize(
    ("view", "names"),
    [
        (" SELECT jsonb_build_object('id', here.id) AS image FROM t here;", ("id",)),
        ("SELECT jsonb_build_object('id'::text, here.id, 'a', 1) AS image", ("id", "a")),
        (PARTS, ("id", "note", "lines")),
    ],
)
def test_the_names_of_an_image_are_read_and_those_of_its_parts_are_not(
    view: str, names: tuple[str, ...]
) -> None:
    assert names_built(view) == names
