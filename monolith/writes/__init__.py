"""What every write shares: done once per key, by one clock, and in time even when nobody asks."""
