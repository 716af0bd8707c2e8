"""Grading a whole class: who handed in what, each one graded or taken from the cache, and the pages over all of them."""
