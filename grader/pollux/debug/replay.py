"""QEMU for debuggers: the machine of the grader, as it runs, and as it was recorded.

Record and replay is QEMU's own: a log of all that came from outside at which instruction. What was recorded runs again
instruction for instruction, and backwards too: QEMU loads the nearest snapshot before, and goes forward to the place.
"""

from dataclasses import dataclass
from pathlib import Path

from ..errors import GraderError
from ..host import processes
from ..machine.bochs_machine import with_orders
from ..machine.machine import SHIFT, Orders, create_disk, qemu
from ..verdict.judge import HARNESS

MEMORY_MEBIBYTES = 128
RECORD_SECONDS = 600.0
# Room for snapshots, which hold as much of the machine's memory as was used.
SNAPSHOTS = "1G"


@dataclass(frozen=True)
class Debugged:
    """A stage's image with orders of its own, and the files of its runs, in `folder`."""

    folder: Path
    iso: Path

    @staticmethod
    def write(folder: Path, iso: Path, orders: Orders) -> "Debugged":
        folder.mkdir(parents=True, exist_ok=True)
        copy = folder / "stage.iso"
        copy.write_bytes(with_orders(iso.read_bytes(), str(orders)))
        return Debugged(folder.absolute(), copy.absolute())

    @property
    def console(self) -> Path:
        return self.folder / "console"

    @property
    def results(self) -> Path:
        return self.folder / "results"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    @property
    def snapshots(self) -> Path:
        return self.folder / "snapshots.qcow2"

    def run(self) -> list[str]:
        """QEMU's command: it does not stop for the grader's look at its memory."""
        files = ["-serial", f"file:{self.console}", "-serial", f"file:{self.results}"]
        return [*qemu(self.iso, MEMORY_MEBIBYTES), "-action", "panic=none", *files]

    def replay(self, mode: str) -> list[str]:
        """The same with mode `record` or `replay`. Without the APIC's aid for old Windows, which waits for a processor
        that waits for the replay when a snapshot is loaded (QEMU 7.2, vapic_post_load)."""
        program = self.run()
        at = program.index("-icount") + 1
        program[at] = f"shift={SHIFT},rr={mode},rrfile={self.folder}/recording,rrsnapshot=start"
        at = program.index("-cdrom")
        program[at : at + 2] = [
            *("-drive", f"file={self.snapshots},format=qcow2,if=none,id=snapshots"),
            *("-drive", f"file={self.iso},format=raw,if=none,id=disc,readonly=on"),
            *("-drive", "driver=blkreplay,if=none,image=disc,id=replayed,readonly=on"),
            *("-device", "ide-cd,drive=replayed"),
        ]
        return [*program, "-global", "apic-common.vapic=off"]

    def record(self) -> bool:
        """Runs the machine to its end and records it. Returns whether the kernel left by itself, with whatever status."""
        create_disk(self.snapshots, SNAPSHOTS)
        done = processes.run(self.replay("record"), self.log, seconds=RECORD_SECONDS)
        if done.timed_out:
            raise GraderError(f"the machine did not end within {RECORD_SECONDS:.0f} seconds")
        if done.status not in (0, *HARNESS):
            raise GraderError(f"QEMU cannot record: {done.output.strip()}")
        return done.status in HARNESS
