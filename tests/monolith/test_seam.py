"""Where a seam stands, asked of the database."""

import pytest

from monolith.seams.stage import Stage
from monolith.seams.where import Standing, Where


def test_the_standing_is_asked_for_twice_a_second_at_most():
    now, asked = [0.0], []

    def ask(domain):
        asked.append(domain)
        return Standing(stage=Stage.SHADOW)

    where = Where("catalog", ask=ask, clock=lambda: now[0])
    for moment in (0.0, 0.2, 0.4, 0.6, 0.9, 1.2):
        now[0] = moment
        assert where().stage is Stage.SHADOW
    assert len(asked) == 3


@pytest.mark.django_db
def test_the_standing_follows_the_database(owner):
    where = Where("catalog")
    assert where().stage is Stage.MONOLITH
    owner.execute("SELECT handover.place_seam('catalog', 'canary', 25)")
    try:
        where.forget()
        assert (where().stage, where().read_weight) == (Stage.CANARY, 25)
    finally:
        owner.execute("SELECT handover.place_seam('catalog', 'monolith', 0)")
    assert Where("elsewhere")() == Standing()
