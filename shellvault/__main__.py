"""`python -m shellvault`, and the console script: the agent runs the command, or this process does."""

import os
import sys

from shellvault.agent_client import DONE, PROGRAM, find_socket, run_by_agent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import NoReturn

_END_OF_OPTIONS = "--"


def main() -> "NoReturn":
    """Run the command line that this process was given, and end the process."""
    if agent := find_socket(os.environ, sys.argv[1:2]):
        _run_in_agent(agent)
    _run_here(agent)


def _run_here(agent: str, *, is_interrupted: bool = False) -> "NoReturn":
    from shellvault.quick_start import run_here

    run_here(sys.argv[1] if sys.argv[1:] else "", agent, is_interrupted=is_interrupted)


def _run_in_agent(agent: str) -> None:
    """Have the agent run the command line, and end the process; return if the agent does not run it."""
    from posix import environ  # what is behind os.environb, which converts each name and value both ways

    program_environ: dict[str, str] = {}

    def prepare() -> None:
        """Do what the answer will probably need, while the agent is working on it."""
        if sys.argv[1] == "exec":
            from shellvault.exec_program import find_files

            program_environ.update(os.environ)
            if _END_OF_OPTIONS in sys.argv[:-1]:
                find_files(sys.argv[sys.argv.index(_END_OF_OPTIONS) + 1], program_environ)

    try:
        kind, fields = run_by_agent(sys.argv[1:], environ, agent, _prepare_to_wait, prepare)
    except KeyboardInterrupt:
        _run_here(agent, is_interrupted=True)
    if kind == DONE:
        _print(*fields)
    if kind == PROGRAM:
        count, *texts = map(os.fsdecode, fields)
        _change(program_environ, texts[int(count) :])
        _become(texts[: int(count)], program_environ)


def _prepare_to_wait() -> None:
    """Have signals print `false` from now on, if a shell may be about to evaluate the answer."""
    if sys.argv[1] in ("env", "use") and not os.isatty(1):
        from shellvault.failed_eval import spell_failure
        from shellvault.own_process import print_and_exit_on_signal

        print_and_exit_on_signal(lambda: spell_failure(sys.argv[1:], os.environ, os.getppid()))


def _print(status: bytes, stdout: bytes, stderr: bytes) -> "NoReturn":
    """Write an answer to this process's streams, and end the process."""
    stderr, stdout = _write(2, stderr), _write(1, stdout)
    if not stderr and not stdout:
        os._exit(int(status))
    from shellvault.own_process import write_answer
    from shellvault.request import Answer

    os._exit(write_answer(Answer(int(status), os.fsdecode(stdout), os.fsdecode(stderr))))


def _write(stream: int, data: bytes) -> bytes:
    """Write data with one call, and return what was not written."""
    try:
        return data and data[os.write(stream, data) :]
    except OSError:
        return data


def _change(environ: dict[str, str], changes: "Sequence[str]") -> None:
    """Apply changes to an environment: each is `NAME=VALUE`, or `NAME` to unset it."""
    for change in changes:
        name, equals, value = change.partition("=")
        if equals:
            environ[name] = value
        else:
            environ.pop(name, None)


def _become(argv: "Sequence[str]", environ: "Mapping[str, str]") -> "NoReturn":
    """Replace this process with a program."""
    from shellvault.exec_program import exec_program

    try:
        exec_program(argv, environ)
    except Exception:  # noqa: BLE001 - it fails again, where errors are explained
        from shellvault.cli import become
        from shellvault.request import Program

        os._exit(become(Program(tuple(argv), environ)))


if __name__ == "__main__":
    main()
