"""The Django monolith: the tree that the vine grows around."""
