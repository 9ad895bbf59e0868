"""The ways a write can be wrong; each module is one, each check a sentence about a clean run."""
