"""Draws what happened to every event in a run of a traced kernel: as a page, in a terminal, for other viewers."""
