"""The stages of the history: a manifest, the tags it names, and how a new series of them is made."""
