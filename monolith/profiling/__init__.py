"""Where a request's time goes: the hottest endpoints, measured inside one process."""
