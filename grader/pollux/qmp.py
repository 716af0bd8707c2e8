"""QEMU's machine protocol (QMP) over a socket that QEMU was born with: no path, no race, no back-pressure."""

import json
import socket
import time
from typing import Any


class Gone(Exception):
    """QEMU closed the connection: it has ended, or is about to."""


class Client:
    """One connection. `events` collects every event seen so far."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._received = bytearray()
        self.events: list[dict[str, Any]] = []

    def negotiate(self, seconds: float) -> None:
        """Reads the greeting and enters command mode. Gone when QEMU could not start."""
        deadline = time.monotonic() + seconds
        while "QMP" not in self._next(deadline):
            pass
        self.execute("qmp_capabilities", seconds=seconds)

    def execute(self, name: str, *, seconds: float = 30, **arguments: object) -> Any:
        """Runs a command and gives what it returns."""
        command = json.dumps({"execute": name, "arguments": arguments}).encode() + b"\n"
        try:
            self._connection.sendall(command)
        except OSError as error:
            raise Gone from error
        deadline = time.monotonic() + seconds
        while True:
            message = self._next(deadline)
            if "return" in message:
                return message["return"]
            if "error" in message:
                raise Gone(message["error"].get("desc", "unknown error"))

    def wait_for_event(self, names: frozenset[str], seconds: float) -> dict[str, Any] | None:
        """The next event of these names; None when the time is over."""
        deadline = time.monotonic() + seconds
        seen = len(self.events)
        while True:
            try:
                self._next(deadline)
            except TimeoutError:
                return None
            for event in self.events[seen:]:
                if event["event"] in names:
                    return event
            seen = len(self.events)

    def shutdown_reason(self) -> str | None:
        """Why the machine was shut down, in QEMU's words (`guest-reset`), when it said so."""
        for event in self.events:
            if event["event"] == "SHUTDOWN":
                return str(event["data"].get("reason"))
        return None

    def _next(self, deadline: float) -> dict[str, Any]:
        """The next message; an event is noted as well. TimeoutError at the deadline, Gone at the end."""
        while b"\n" not in self._received:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._connection.settimeout(left)
            try:
                data = self._connection.recv(65536)
            except TimeoutError:
                raise
            except OSError as error:
                raise Gone from error
            if not data:
                raise Gone
            self._received += data
        line, _, rest = self._received.partition(b"\n")
        self._received = bytearray(rest)
        message: dict[str, Any] = json.loads(line)
        if "event" in message:
            self.events.append(message)
        return message

    def close(self) -> None:
        self._connection.close()
