"""Reads a student's object file before it is linked, and refuses what no layer has a need for."""
