"""The computer that the grader runs on: programs and their limits, boxes, scratch folders, how a command ends."""
