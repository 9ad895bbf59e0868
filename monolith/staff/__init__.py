"""The people who run the shop: Django's own users and sessions, for the admin and nothing else."""
