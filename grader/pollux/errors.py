"""Errors, by whose fault they are."""


class GraderError(Exception):
    """The grader could not do its work: never a zero. The text is a sentence for the user."""


class HostTrouble(GraderError):
    """The host kept the grader from its work, now: out of disk or memory, killed, slow. With `again` it is worth
    another try at once."""

    def __init__(self, text: str, *, again: bool = True) -> None:
        super().__init__(text)
        self.again = again


class SubmissionError(Exception):
    """What was handed in cannot be used. The text is a sentence for the student."""
