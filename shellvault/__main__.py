"""`python -m shellvault`, and the console script: the agent runs the command, or this process does."""

import os
import sys

from shellvault import DONE, PROGRAM, find_socket, replace_process, run_by_agent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import NoReturn


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

    try:
        kind, fields = run_by_agent(sys.argv[1:], environ, agent, _prepare_to_wait)
    except KeyboardInterrupt:
        _run_here(agent, is_interrupted=True)
    if kind == DONE:
        _print(*fields)
    if kind == PROGRAM:
        first = int(fields[0]) + 1
        _become(fields[1:first], _change(environ, fields[first:]))


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


def _change(environ: "Mapping[bytes, bytes]", changes: "Sequence[bytes]") -> "dict[bytes, bytes]":
    """Return an environment with changes applied: each is `NAME=VALUE`, or `NAME` to unset it."""
    after = dict(environ)
    for change in changes:
        name, equals, value = change.partition(b"=")
        if equals:
            after[name] = value
        else:
            after.pop(name, None)
    after.pop(b"", None)  # `execve` refuses a variable without a name
    return after


def _become(argv: "list[bytes]", environ: "Mapping[bytes, bytes]") -> "NoReturn":
    """Replace this process with a program."""
    if b"LC_CTYPE" not in environ:  # else Python may have set it
        replace_process(argv, environ)
    from shellvault.exec_program import exec_program

    words, variables = [*map(os.fsdecode, argv)], {os.fsdecode(name): os.fsdecode(environ[name]) for name in environ}
    try:
        exec_program(words, variables)
    except Exception:  # noqa: BLE001 - it fails again, where errors are explained
        from shellvault.cli import become
        from shellvault.request import Program

        os._exit(become(Program(tuple(words), variables)))


if __name__ == "__main__":
    main()
