"""Addresses of the kernel's image as names: `arena+0x40` says more than a number, and stays the same where the linker
has put things elsewhere, as it does for every submission."""

import re
from dataclasses import replace
from functools import cache

from ..audit import objects
from ..machine.image import Image
from ..verdict.judge import Verdict
from ..verdict.ktap import Failure, Frame

# Of the top two GiB, where the image lies (arch/x86_64/layout.hpp).
ADDRESS = re.compile(r"\b0xffffffff[89a-f][0-9a-f]{7}\b")
# Where the kernel has named it already.
NAMED = re.compile(r"\brip=0xffffffff[89a-f][0-9a-f]{7} (?=\S+\+0x)")


class Names:
    def __init__(self, image: Image) -> None:
        self._image = image
        self._plain = cache(lambda name: objects.plain_names([name])[name].replace(" ", "_"))

    def verdict(self, verdict: Verdict) -> Verdict:
        return replace(
            verdict,
            message=self.text(verdict.message),
            failures=tuple(map(self._failure, verdict.failures)),
            backtrace=tuple(map(self._frame, verdict.backtrace)),
            notes=tuple(map(self.text, verdict.notes)),
        )

    def text(self, text: str) -> str:
        if "0xffffffff" not in text:
            return text
        return ADDRESS.sub(self._name, NAMED.sub("rip=0x… ", text))

    def _name(self, match: re.Match[str]) -> str:
        found = self._image.symbol_at(int(match[0], 16))
        if found is None:
            return match[0]
        name, offset = found
        return f"{self._plain(name)}+{offset:#x}" if offset else self._plain(name)

    def _failure(self, failure: Failure) -> Failure:
        return replace(
            failure,
            text=self.text(failure.text),
            expected=self.text(failure.expected),
            got=self.text(failure.got),
        )

    def _frame(self, frame: Frame) -> Frame:
        if frame.name or (found := self._image.symbol_at(frame.address)) is None:
            return frame
        name, offset = found
        return replace(frame, name=self._plain(name), offset=offset)
