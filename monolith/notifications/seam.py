"""The only door into notifications for the monolith's other apps; there is no other side yet."""

from extracted.contracts.notifications import Notifications
from monolith.notifications.local import LocalNotifications

NOTIFICATIONS: Notifications = LocalNotifications()
