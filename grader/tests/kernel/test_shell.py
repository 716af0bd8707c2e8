"""The whole kernel on a serial line: `make run`, and somebody who types at the shell."""

import re
import subprocess
import time
from collections.abc import Iterator

import pexpect
import pytest
from pollux.machine.machine import pinned

from shell import PATIENCE, PROMPT, ROOT, Shell

LEFT, UP, HOME, DELETE = "\x1b[D", "\x1b[A", "\x1b[H", "\x1b[3~"


@pytest.fixture(scope="module")
def shell() -> Iterator[Shell]:
    shell = Shell()
    yield shell
    shell.terminal.close(force=True)


def processes(shell: Shell) -> dict[str, list[str]]:
    """The words of each process in `ps`, by its name."""
    lines = shell.run("ps").splitlines()[1:]
    return {words[2]: words for words in (line.split() for line in lines)}


def test_programs_print(shell: Shell) -> None:
    assert shell.run("echo two  words") == "two words\n"
    assert shell.run("primes 30") == "2 3 5 7 11 13 17 19 23 29\n"
    assert "Ctrl-C" in shell.run("help")


def test_lines_are_edited(shell: Shell) -> None:
    shell.send("eco wold" + 2 * LEFT + "r" + HOME + "xec" + DELETE + "\x7f" * 3 + "ec" + "\r")
    shell.until_prompt()
    shell.send(UP + "\x15" + "echo wxx\x7f\x7forld\r")
    shell.expect(r"\nworld\r+\n")
    shell.until_prompt()


def test_long_lines_stay_in_their_row(shell: Shell) -> None:
    letters = "".join(chr(ord("a") + i % 26) for i in range(100))
    shell.send("echo " + letters)
    shell.terminal.expect_exact(f"{PROMPT}<{letters[-70:]}\x1b[K")
    # In portions: who types faster than the shell reads fills its ring of 256 bytes, and the rest is lost.
    for _ in range(9):
        shell.send(11 * LEFT)
        time.sleep(0.1)
    shell.send("x\r")
    shell.terminal.expect_exact("\n")
    drawn = re.sub(r"\x1b\[.|\x08", "", str(shell.terminal.before)).split("\r")
    assert max(map(len, drawn)) == 79
    shell.terminal.expect_exact("ax" + letters[1:])
    shell.until_prompt()
    # 120 are the most; the others ring the bell.
    shell.send("echo " + 120 * "y")
    shell.terminal.expect_exact(5 * "\a")
    assert shell.run("") == 115 * "y" + "\n"


def test_what_is_printed_comes_whole(shell: Shell) -> None:
    """What the shell says stands between the lines of a program in the background, not within them."""
    primes = [i for i in range(2, 5001) if all(i % j for j in range(2, 71) if j < i)]
    shell.send("primes 5000 &\r")
    said = shell.until_prompt()
    while "ended" not in said:
        shell.send("\r")
        shell.terminal.expect_exact("\r" + PROMPT + "\x1b[K")
        said += re.sub("\r+\n", "\n", str(shell.terminal.before))
    lines = [line.split() for line in said.splitlines() if line[:1].isdigit()]
    assert lines == [
        [str(prime) for prime in primes[i : i + 10]] for i in range(0, len(primes), 10)
    ]


def test_lines_come_back(shell: Shell) -> None:
    assert shell.run("echo first") == "first\n"
    assert shell.run("echo second") == "second\n"
    shell.send(UP + UP + "\x7f" * 5 + "third\r")
    shell.expect(r"\nthird\r+\n")
    shell.terminal.expect_exact("\r" + PROMPT + "\x1b[K")


def test_pipes_join_programs(shell: Shell) -> None:
    assert shell.run("echo through three | cat | cat") == "through three\n"
    assert len(shell.run("primes 2000 | cat").split()) == 303
    # Who writes to nobody is told, and ends.
    assert shell.run("primes 5000 | echo done").startswith("done\nprimes: exit code 1\n")


def test_the_background(shell: Shell) -> None:
    pid = re.fullmatch(r"\[(\d+)\]\n", shell.run("spin &"))
    assert pid is not None
    listed = processes(shell)
    assert listed["spin"][0] == pid[1] and listed["spin"][3] == "ready"
    assert shell.run("echo meanwhile") == "meanwhile\n"
    assert f"[{pid[1]}] ended\nspin: killed\n" in shell.run(f"kill {pid[1]}") + shell.run("")
    assert "spin" not in processes(shell)


@pytest.mark.parametrize("program", ["spin", "cat", "sleep 1000", "cat | cat"])
def test_control_c_kills_the_foreground(shell: Shell, program: str) -> None:
    shell.send(program + "\r")
    shell.expect("\n")
    shell.send("x")
    shell.expect("x")  # shown while it runs, so it does
    shell.send("\x03")
    assert shell.until_prompt().count(": killed\n") == (2 if "|" in program else 1)
    assert list(processes(shell)) == ["shell", "ps"]


def test_input_ends(shell: Shell) -> None:
    shell.send("cat\r")
    shell.expect("\n")
    shell.send("ab\x7fc\r")
    shell.expect(r"ac\r+\n")
    shell.send("\x04")
    shell.until_prompt()


def test_what_is_typed_ahead_is_edited_for_the_program(shell: Shell) -> None:
    """In one piece, as a paste comes: the line for the program is there before the program."""
    shell.send("cat\rab\x7fc\r\x04")
    shell.expect("ab\x08 \x08c\r+\nac\r+\n")
    shell.until_prompt()
    assert shell.run("echo on") == "on\n"


def test_bytes_beyond_ascii_are_text(shell: Shell) -> None:
    """A character is edited as a whole, in the shell and in a program's lines."""
    assert shell.run("echo Grüße") == "Grüße\n"
    assert shell.run("echo Grü" + LEFT + DELETE + "üß" + 2 * LEFT + "x") == "Grxüß\n"
    assert shell.run("echo xü\x7fy") == "xy\n"
    shell.send("cat\r")
    shell.expect("\n")
    shell.send("aü\x7fb\r")
    shell.expect(r"\nab\r+\n")
    shell.send("\x04")
    shell.until_prompt()


def test_input_lines_have_an_end(shell: Shell) -> None:
    shell.send("cat\r")
    shell.expect("\n")
    shell.send(260 * "z")
    shell.terminal.expect_exact(256 * "z" + 4 * "\a")
    shell.send("\r")
    shell.expect(r"\n" + 256 * "z" + r"\r+\n")
    shell.send("\x04")
    shell.until_prompt()


def test_every_fault_ends_its_program_only(shell: Shell) -> None:
    kinds = re.findall(r"[a-z]+", shell.run("crash").partition("crash: ")[0])[1:]
    assert len(kinds) == 14
    for kind in kinds:
        said = shell.run(f"crash {kind}")
        # The processor's name of it; "exit code" would be a program that survived.
        assert re.fullmatch(r"crash: [a-z ]*(error|opcode|exception|breakpoint|fault)\n", said), (
            kind,
            said,
        )


def test_what_is_wrong_is_said(shell: Shell) -> None:
    assert shell.run("nonsense") == "nonsense: not found; help lists what there is\n"
    assert shell.run("| cat") == "a command is missing before |\n"
    assert shell.run("echo |") == "a command is missing at the end\n"
    assert shell.run("echo all" + 15 * "|cat") == "all\n"
    assert shell.run("echo all" + 16 * "|cat") == "too many commands\n"
    assert shell.run("echo" + 50 * " w") == "too many words\n"
    assert shell.run("echo" + 40 * " w") == "echo: its name or its arguments are too long\n"
    assert shell.run(40 * "x") == 40 * "x" + ": its name or its arguments are too long\n"
    assert shell.run("kill") == "kill PID\n"
    assert shell.run("kill 99999") == "kill: there is no process 99999\n"


def test_shutdown(shell: Shell) -> None:
    shell.send("shutdown\r")
    shell.expect(r"pollux: off\r+\n")
    shell.expect(pexpect.EOF)
    shell.terminal.close()
    assert shell.terminal.exitstatus == 0


@pytest.mark.parametrize("serial", ["mon:stdio", "stdio"])
def test_input_that_is_there_before_the_kernel_is_not_lost(serial: str) -> None:
    """Piped in: QEMU's multiplexer, or its port, hands it over when somebody reads."""
    command = [
        *("qemu-system-x86_64", *pinned(), "-m", "128", "-serial", serial),
        *("-device", "isa-debug-exit,iobase=0xf4,iosize=0x04", "-cdrom", "build/stage-5.iso"),
    ]
    done = subprocess.run(
        command, cwd=ROOT, input=b"primes 30\nshutdown\n", capture_output=True, timeout=PATIENCE
    )
    assert done.returncode == 85
    assert b"2 3 5 7 11 13 17 19 23 29\r\n" in done.stdout
