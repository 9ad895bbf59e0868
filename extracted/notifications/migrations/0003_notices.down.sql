REVOKE SELECT ON handover.image_notifications_mail FROM notifications_app;
DROP TABLE notifications.notice;
