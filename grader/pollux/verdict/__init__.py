"""Decides, from what a machine said and how it ended, on an outcome and points."""
