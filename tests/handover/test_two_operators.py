"""Two operators at once: one that stalls must not spoil what others have done since."""

import pytest

from handover.moves import HandoverError, ReclaimedError, hand_over
from handover.operator import Hand
from handover.standing import Ownership, Release

from .conftest import DOMAIN, Shop, wait_until


class StalledHand(Hand):
    """An operator's hand that is held up right after its release, while others go on."""

    def __init__(self, hand: Hand, *, meanwhile) -> None:
        super().__init__(hand.connection, side=hand.side)
        self._meanwhile = meanwhile

    def release(self, domain: str, **options) -> Release:
        released = super().release(domain, **options)
        self._meanwhile()
        return released


def standing(hand: Hand) -> Ownership:
    return hand.ownership(DOMAIN)


def test_an_operator_that_stalls_after_its_release_burns_no_token_but_its_own(shop: Shop) -> None:
    shop.start_all()
    with shop.monolith.hand() as m, shop.service.hand() as s:
        m.start_capture(DOMAIN)
        hand_over(m, s, DOMAIN, token_timeout_s=20)

        def another_operator_goes_on() -> None:
            # Our token arrives, the monolith gives the writes away again, and that token is late.
            wait_until(lambda: standing(m).mode == "OWNER")
            shop.kill("monolith-relay")
            m.release(DOMAIN, epoch=3, lock_timeout_ms=500)
            assert s.burn(DOMAIN, epoch=4)

        stalled = StalledHand(s, meanwhile=another_operator_goes_on)
        with pytest.raises(HandoverError):
            hand_over(stalled, m, DOMAIN, token_timeout_s=0.1)
        # What the other operator began can still be finished: somebody may own again.
        with pytest.raises(ReclaimedError):
            hand_over(m, s, DOMAIN, token_timeout_s=0.1)
        assert (standing(m).mode, standing(m).epoch) == ("OWNER", 5)
