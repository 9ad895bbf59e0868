"""People who buy; they stay."""
