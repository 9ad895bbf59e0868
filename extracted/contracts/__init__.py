"""The published language: what crosses a seam, and the only part of `extracted` that others import."""
