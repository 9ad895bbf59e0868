"""The only door into notifications for the monolith's other apps; it asks no other side.

Whoever owns the mails, they are read from our tables. See `local`.
"""

from extracted.contracts.notifications import Notifications
from monolith.notifications.local import LocalNotifications

NOTIFICATIONS: Notifications = LocalNotifications()
