"""The Notifications protocol over our own tables.

The same at every stage: our copy of the mails is kept current while the service owns them, and news
that we may not turn into mails are noted.
"""

from uuid import UUID

from extracted.contracts.customers import Contact
from extracted.contracts.notifications import Mail
from extracted.contracts.orders import Order
from monolith.notifications import actions, selectors


class LocalNotifications:
    """Writes and reads mails in the monolith's database."""

    def order_changed(self, order: Order, *, status: str, customer: Contact | None = None) -> None:
        """Write the mail about an order's new status, once per order and status."""
        actions.write_mail(order, status=status, contact=customer)

    def about_order(self, *, order_id: UUID) -> tuple[Mail, ...]:
        """Return the mails about an order, oldest first."""
        return selectors.mails_about_order(order_id)
