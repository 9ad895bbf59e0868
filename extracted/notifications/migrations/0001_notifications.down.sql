DROP TABLE notifications.mail;
REVOKE USAGE ON SCHEMA notifications FROM notifications_app, notifications_applier, auditor;
