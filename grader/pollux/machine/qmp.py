"""QEMU's machine protocol (QMP), over a socket that QEMU inherits, so that no file of it has to be waited for."""

import json
import socket
import time
from typing import Any

from ..errors import GraderError


class Gone(Exception):
    """QEMU closed the connection: it has ended, or is about to."""


class Client:
    """One connection. It keeps only events that we wait for, because a guest can cause any number of events."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._received = bytearray()
        self._wanted: frozenset[str] = frozenset()
        self._events: list[dict[str, Any]] = []
        self.shutdown_reason: str | None = None

    def negotiate(self, seconds: float) -> None:
        """Reads the greeting and enters command mode. Gone when QEMU could not start."""
        deadline = time.monotonic() + seconds
        while "QMP" not in self._next(deadline):
            pass
        self.execute("qmp_capabilities", seconds=seconds)

    def human(self, line: str, seconds: float) -> str:
        """Runs a line of QEMU's monitor for people, and gives what it prints."""
        words = {"command-line": line}
        return str(self.execute("human-monitor-command", seconds=seconds, **words))

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
                reason = message["error"].get("desc", "no reason given")
                raise GraderError(f"QEMU refuses {name}: {reason}")

    def listen(self, *names: str) -> None:
        """From now on keeps events of these names, for `wait_for_event`."""
        self._wanted = frozenset(names)

    def wait_for_event(self, seconds: float) -> dict[str, Any] | None:
        """The next event that we listen for; None when the time is over."""
        deadline = time.monotonic() + seconds
        while not self._events:
            try:
                self._next(deadline)
            except TimeoutError:
                return None
        return self._events.pop(0)

    def _note(self, event: dict[str, Any]) -> None:
        if event["event"] == "SHUTDOWN":
            self.shutdown_reason = str(event["data"].get("reason"))
        if event["event"] in self._wanted:
            self._events.append(event)

    def _next(self, deadline: float) -> dict[str, Any]:
        """The next message; an event is noted as well. TimeoutError at the deadline, Gone at the end."""
        while (left := deadline - time.monotonic()) > 0 and b"\n" not in self._received:
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
        if left <= 0:
            raise TimeoutError
        line, _, rest = self._received.partition(b"\n")
        self._received = bytearray(rest)
        message: dict[str, Any] = json.loads(line)
        if "event" in message:
            self._note(message)
        return message

    def close(self) -> None:
        self._connection.close()
