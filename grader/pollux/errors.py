"""Errors, by whose fault they are."""


class GraderError(Exception):
    """The grader could not do its work: never a zero. The text is a sentence for the user."""


class SubmissionError(Exception):
    """What was handed in cannot be used. The text is a sentence for the student."""
