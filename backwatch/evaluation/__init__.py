"""Interpretation scored against labelled recordings and simulated people; docs/validation.md."""
