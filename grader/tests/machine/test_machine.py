"""QEMU's command, its monitor, and the end of it, with fakes in QEMU's place."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pollux.errors import GraderError
from pollux.host import cputime, processes
from pollux.machine import machine, qmp
from pollux.machine.emulator import Emulator
from pollux.machine.image import Image
from pollux.machine.machine import Machine, Orders
from pollux.machine.patience import (
    OUTPUT_BYTES,
    Look,
    Stopped,
    cpu_seconds_for,
    printed_too_much,
    stuck,
)
from pollux.machine.siphash import Key


class FakeMonitor:
    """Answers every command with what `answers` says, after the events of `before`."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.answers: dict[str, object] = {}
        self.before: list[dict[str, object]] = []
        self.seen: list[str] = []

    def serve(self) -> None:
        self._send({"QMP": {}})
        for line in self.connection.makefile("rb"):
            name = json.loads(line)["execute"]
            self.seen.append(name)
            for event in self.before:
                self._send(event)
            answer = self.answers.get(name, {})
            if isinstance(answer, str):
                self._send({"error": {"desc": answer}})
            else:
                self._send({"return": answer})

    def _send(self, message: dict[str, object]) -> None:
        self.connection.sendall(json.dumps(message).encode() + b"\r\n")


@pytest.fixture
def pair() -> Iterator[tuple[qmp.Client, FakeMonitor]]:
    ours, theirs = socket.socketpair()
    fake = FakeMonitor(theirs)
    thread = threading.Thread(target=fake.serve, daemon=True)
    thread.start()
    client = qmp.Client(ours)
    yield client, fake
    client.close()
    thread.join(5)
    theirs.close()


def event(name: str, **data: object) -> dict[str, object]:
    return {"event": name, "data": data}


def test_monitor_speaks(pair: tuple[qmp.Client, FakeMonitor]) -> None:
    client, fake = pair
    client.negotiate(5)
    fake.answers["query-status"] = {"status": "running"}
    assert client.execute("query-status") == {"status": "running"}
    assert fake.seen == ["qmp_capabilities", "query-status"]


def test_monitor_refuses(pair: tuple[qmp.Client, FakeMonitor]) -> None:
    client, fake = pair
    client.negotiate(5)
    fake.answers["migrate"] = "no such file"
    with pytest.raises(GraderError, match="QEMU refuses migrate: no such file"):
        client.execute("migrate")


def test_monitor_keeps_only_the_events_waited_for(pair: tuple[qmp.Client, FakeMonitor]) -> None:
    client, fake = pair
    client.negotiate(5)
    client.listen("MIGRATION")
    fake.before = [event("RTC_CHANGE")] * 50 + [event("MIGRATION", status="completed")]
    fake.before.append(event("SHUTDOWN", guest=True, reason="guest-reset"))
    client.execute("query-status")
    found = client.wait_for_event(5)
    assert found is not None and found["data"] == {"status": "completed"}
    assert client.wait_for_event(0.05) is None
    assert client.shutdown_reason == "guest-reset"


def test_monitor_times_out_under_a_flood_of_events() -> None:
    ours, theirs = socket.socketpair()
    client = qmp.Client(ours)
    stop = threading.Event()

    def flood() -> None:
        line = json.dumps(event("GUEST_PANICKED")).encode() + b"\n"
        try:
            while not stop.is_set():
                theirs.sendall(line * 100)
        except OSError:
            pass

    thread = threading.Thread(target=flood, daemon=True)
    thread.start()
    begin = time.monotonic()
    assert client.wait_for_event(0.3) is None
    assert time.monotonic() - begin < 3
    stop.set()
    client.close()
    theirs.close()
    thread.join(5)


def test_monitor_says_that_qemu_is_gone() -> None:
    ours, theirs = socket.socketpair()
    theirs.close()
    client = qmp.Client(ours)
    with pytest.raises(qmp.Gone):
        client.wait_for_event(5)
    with pytest.raises(qmp.Gone):
        client.execute("cont")


def test_orders() -> None:
    assert str(Orders(("heap.a",), 7, 4)) == "test=heap.a seed=7 shift=5 limit=4"


def test_the_machine_never_uses_kvm_nor_the_hosts_clock() -> None:
    command = " ".join(machine.qemu(Path("/x.iso"), 64))
    for words in ("-accel tcg", "sleep=off", "-rtc clock=vm,base=", "-no-reboot", "-m 64", "ib700"):
        assert words in command
    assert "kvm" not in command


def test_a_qemu_that_does_not_start_says_why(tmp_path: Path) -> None:
    iso = tmp_path / "none.iso"
    with pytest.raises(GraderError, match="QEMU does not start: .*none.iso"):
        Emulator(Machine(iso, 64, Image(iso)), Key(0, 0), tmp_path / "machine", None)


BUSY = [Look(None, True, second / 2) for second in range(30)]
DEAF = [Look("8000", False, 0.2 + second / 100) for second in range(30)]
IDLE = [Look("8000", True, 0.2) for second in range(30)]
WAITING = [Look("8000", True, second / 2) for second in range(30)]


@pytest.mark.parametrize(
    ("looks", "stopped"),
    [
        ([], None),
        (BUSY, None),
        (DEAF[:2], None),
        (DEAF[:3], Stopped.HALTED),
        ([*DEAF[:2], BUSY[0]], None),
        (IDLE[:11], None),
        (IDLE[:12], Stopped.HALTED),
        ([*IDLE[:11], Look("9000", True, 0.2)], None),
        (WAITING, None),
        ([Look(None, True, 26.0)], Stopped.CPU),
    ],
)
def test_patience(looks: list[Look], stopped: Stopped | None) -> None:
    assert stuck(looks, cpu_seconds_for(10)) is stopped


def test_a_port_has_a_limit(tmp_path: Path) -> None:
    assert not printed_too_much(tmp_path)
    (tmp_path / "console").write_bytes(bytes(OUTPUT_BYTES))
    assert printed_too_much(tmp_path)


def test_processor_time_is_found_by_name(tmp_path: Path) -> None:
    process = processes.start(["sh", "-c", "sleep 30 & wait"], tmp_path / "log")
    try:
        while (found := cputime.find(process.pid, "sleep")) is None:
            time.sleep(0.01)
        assert found != process.pid
        assert cputime.seconds(found) == 0.0
        assert cputime.find(process.pid, "qemu-system") is None
    finally:
        processes.end(process)


def test_a_program_is_bounded_in_time(tmp_path: Path) -> None:
    done = processes.run(["sh", "-c", "echo a; sleep 60"], tmp_path / "log", seconds=0.3)
    assert done.timed_out and done.output == "a\n" and done.seconds < 10


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(GraderError, match="no-such-program cannot be started"):
        processes.run(["no-such-program"], tmp_path / "log", seconds=1)


def test_makes_own_variables_are_not_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAKEFLAGS", "-j --jobserver-fds=3,4")
    assert "MAKEFLAGS" not in processes.environment()
