"""Makes text of unknown origin safe to print."""

CONTROLS = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if chr(code) != "\t"}
# What turns the direction of the text that follows, or ends a line where nobody sees it.
TURNS = (0x61C, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A), 0xFEFF)
CONTROLS |= {code: f"\\u{code:04x}" for code in TURNS}


# A sentence longer than this is no sentence.
MOST = 500


def short(text: str, most: int = MOST) -> str:
    """The text, or its beginning and what was left out."""
    if len(text) <= most:
        return text
    return f"{text[:most]}… ({len(text) - most} more characters)"


def printable(text: str) -> str:
    """The text with escapes in place of control characters and of what cannot be encoded."""
    visible = text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return visible.translate(CONTROLS)
