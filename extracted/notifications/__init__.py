"""The notifications service: mails about orders, outside the monolith."""
