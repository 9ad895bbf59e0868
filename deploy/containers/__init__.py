"""What only containers need: their health check, and the last job of a start."""
