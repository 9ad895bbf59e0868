"""The applier knows whether it is at work, also while there is no work."""

from handover.active import APPLIER_LOCK

from .conftest import wait_until

HOLDER = (
    "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid::bigint = 4711 "
    "AND objid::bigint = %s AND database = (SELECT oid FROM pg_database "
    "WHERE datname = current_database())"
)


def test_an_idle_applier_that_lost_its_session_takes_the_lock_again(shop):
    shop.start_all()
    with shop.service.connect("owner") as owner:

        def holder():
            row = owner.execute(HOLDER, (APPLIER_LOCK,)).fetchone()
            return row and row["pid"]

        wait_until(holder, what="an applier at work")
        lost = holder()
        with shop.service.connect("applier") as same_role:
            same_role.execute("SELECT pg_terminate_backend(%s)", (lost,))
        wait_until(lambda: holder() not in {None, lost}, what="an applier at work again")
