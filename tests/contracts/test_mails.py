"""A mail has one name, whoever sends it."""

from uuid import UUID

from extracted.contracts.notifications import mail_id


def test_a_mail_has_one_name_for_ever():
    # Of mails that are on their way when a new version is installed: a change here is a second mail.
    assert mail_id(order_id=UUID(int=1), status="paid") == UUID(
        "0ead237f-6715-5501-8663-e9e58947212c"
    )
