"""How gdb prints the kernel's types."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import gdb
import gdb.printing

from . import structures


class Physical:
    def __init__(self, value: gdb.Value) -> None:
        self.value = value

    def to_string(self) -> str:
        return f"physical {structures.number(self.value):#x}"


class Handle:
    def __init__(self, value: gdb.Value) -> None:
        self.value = value

    def to_string(self) -> str:
        frame = structures.handle(self.value)
        if frame == 0:
            return "no frame"
        resume = int(gdb.Value(frame).cast(gdb.lookup_type("long").pointer()).dereference())
        return f"frame {frame:#x} of {structures.function_at(resume)}"


class Task:
    def __init__(self, value: gdb.Value) -> None:
        self.value = value

    def to_string(self) -> str:
        return f"task: {Handle(self.value['frame_']).to_string()}"


class Text:
    """std::string_view."""

    def __init__(self, value: gdb.Value) -> None:
        self.value = value

    def to_string(self) -> str:
        length = int(self.value["__size_"])
        text = self.value["__data_"].string("utf-8", "replace", min(length, 200)) if length else ""
        text = text.partition("\0")[0]  # a length that the compiler did not keep
        return f'"{text}"'


class Expected:
    def __init__(self, value: gdb.Value) -> None:
        self.value = value

    def to_string(self) -> str:
        content = self.value["__repr_"]["__v"]
        either = content["__union_"]
        if any(field.name == "__v" for field in either.type.fields()):
            either = either["__v"]
        if not bool(content["__has_val_"]):
            return f"error {either['__unex_']}"
        try:
            return f"value {either['__val_']}"
        except gdb.error:  # of void
            return "value"


class List:
    def __init__(self, value: gdb.Value) -> None:
        self.value = value

    def to_string(self) -> str:
        return f"list of {sum(1 for _ in self.children())}"

    def children(self) -> Iterator[tuple[str, gdb.Value]]:
        match = re.match(r"kernel::List<(.*), &.*::(\w+)>$", str(self.value.type.strip_typedefs()))
        if match is None:
            match = re.match(r"kernel::List<(.*), .*>$", str(self.value.type.strip_typedefs()))
        kind = str(self.value.type.template_argument(0))
        member = match[2] if match is not None and match.lastindex == 2 else "node"
        for index, each in enumerate(structures.objects(self.value, kind, member)):
            yield f"[{index}]", each.address

    def display_hint(self) -> str:
        return "array"


PRINTERS: dict[str, tuple[str, Callable[[gdb.Value], Any]]] = {
    "Physical": ("^arch::Physical$", Physical),
    "coroutine_handle": (r"^std::.*coroutine_handle<.*>$", Handle),
    "Task": (r"^event::Task<.*>$", Task),
    "string_view": (r"^std::.*basic_string_view<char.*>$", Text),
    "expected": (r"^std::.*expected<.*>$", Expected),
    "List": (r"^kernel::List<.*>$", List),
}


def register() -> None:
    collection = gdb.printing.RegexpCollectionPrettyPrinter("pollux")
    for name, (pattern, printer) in PRINTERS.items():
        collection.add_printer(name, pattern, printer)
    gdb.printing.register_pretty_printer(None, collection, replace=True)
