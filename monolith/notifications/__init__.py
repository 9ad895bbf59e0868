"""Mails about orders: written with the change, sent by another process."""
