"""QEMU's machine protocol (QMP) over a socket that QEMU was born with: no path, no race, no back-pressure."""

import json
import socket
import time
from typing import Any

from .errors import GraderError


class Gone(Exception):
    """QEMU closed the connection: it has ended, or is about to."""


class Client:
    """One connection. `events` collects every event seen so far."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._received = bytearray()
        self.events: list[dict[str, Any]] = []
        self._looked_at = 0

    def negotiate(self, seconds: float) -> None:
        """Reads the greeting and enters command mode. Gone when QEMU could not start."""
        deadline = time.monotonic() + seconds
        while "QMP" not in self._next(deadline):
            pass
        self.execute("qmp_capabilities", seconds=seconds)

    def human(self, line: str, seconds: float) -> str:
        """Runs a line of QEMU's monitor for people, and gives what it prints."""
        return str(self._execute("human-monitor-command", {"command-line": line}, seconds))

    def execute(
        self, name: str, *, seconds: float = 30, descriptor: int | None = None, **arguments: object
    ) -> Any:
        """Runs a command and gives what it returns. `descriptor` goes along, for `getfd`."""
        return self._execute(name, arguments, seconds, descriptor)

    def _execute(
        self,
        name: str,
        arguments: dict[str, object],
        seconds: float,
        descriptor: int | None = None,
    ) -> Any:
        command = json.dumps({"execute": name, "arguments": arguments}).encode() + b"\n"
        try:
            if descriptor is None:
                self._connection.sendall(command)
            else:
                socket.send_fds(self._connection, [command], [descriptor])
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

    def wait_for_event(self, names: frozenset[str], seconds: float) -> dict[str, Any] | None:
        """The next event of these names that was not looked at yet; None when the time is over."""
        deadline = time.monotonic() + seconds
        while True:
            while self._looked_at < len(self.events):
                event = self.events[self._looked_at]
                self._looked_at += 1
                if event["event"] in names:
                    return event
            try:
                self._next(deadline)
            except TimeoutError:
                return None

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
