"""Text of unknown origin, made fit to print."""

CONTROLS = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if chr(code) != "\t"}


def printable(text: str) -> str:
    """The text with what would move a terminal's cursor, colour it or not encode turned to escapes."""
    visible = text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return visible.translate(CONTROLS)
