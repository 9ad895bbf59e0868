"""The handover as a small state machine, and a search through every state it can reach."""
