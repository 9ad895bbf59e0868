"""What every extracted service will stand on; today, the description of the events."""
