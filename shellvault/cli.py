"""The command line: finds the verb, reads its words, runs it, prints its result. The one place where errors end."""

from __future__ import annotations

import gc
import os
import sys

from shellvault.argparser import parse
from shellvault.commands import ALIASES, VERBS, Answer
from shellvault.core.errors import CancelledError, ShellvaultError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import FrameType, ModuleType
    from typing import NoReturn

_NOT_FOR_CHILDREN = ("SHELLVAULT_PASSPHRASE", "SHELLVAULT_PASSPHRASE_FILE", "SHELLVAULT_MFA_TOKEN")
_KILLED_BY_SIGPIPE = 128 + 13
_NOTHING = "false\n"


def main() -> NoReturn:
    """Run the command line that this process was given, and end the process."""
    gc.disable()  # in one short command, looking for garbage costs more than the garbage
    environ = dict(os.environ)
    for name in _NOT_FOR_CHILDREN:
        os.environ.pop(name, None)
    status = _finish(run(sys.argv[1:], environ))
    os._exit(status)  # spares the interpreter's tidying up: nothing is left to tidy


def run(words: Sequence[str], environ: Mapping[str, str]) -> Answer:
    """Run one command line; whatever goes wrong is told on stderr, and stdout gets what the verb promises."""
    failure = ""
    try:
        if special := _not_a_verb(words):
            return special
        failure = (
            "" if os.isatty(1) else _NOTHING
        )  # while the verb is unknown: a misspelt `env` must fail in `eval` too
        leading, words = _leading(words)
        module = _verb(words[0])
        failure = "" if os.isatty(1) else module.COMMAND.failure
        _guard(failure)
        return _dispatch(module, [*_fitting(leading, module), *words[1:]], environ)
    except ShellvaultError as error:
        return Answer(failure, _tell(error))
    except KeyboardInterrupt:
        return Answer(failure, _tell(CancelledError("interrupted")))
    except Exception as error:  # noqa: BLE001 - a bug must not leave `eval` without its `false`
        from shellvault.system.crash_report import report_crash

        return Answer(failure, report_crash(error))


def _not_a_verb(words: Sequence[str]) -> Answer | None:
    if not words or words[0] in ("-h", "--help", "help"):
        from shellvault.help import about, general

        return Answer(about(_verb(words[1]).COMMAND) if words[1:] else general())
    if words[0] in ("--version", "version"):
        from shellvault import __version__

        return Answer(f"shellvault {__version__}\n")
    return None


def _leading(words: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Return the options that stand before the verb, as aws-vault allows it, and the rest."""
    if not words[0].startswith("-"):
        return (), words
    from shellvault.compat.awsvault.options import split_leading

    leading, rest = split_leading(words)
    return (leading, rest) if rest else ((), words)


def _fitting(leading: Sequence[str], module: ModuleType) -> Sequence[str]:
    if not leading:
        return ()
    from shellvault.compat.awsvault.options import select_known

    return select_known(leading, (option.name for option in module.COMMAND.options))


def _verb(word: str) -> ModuleType:
    name = ALIASES.get(word, word)
    if name in VERBS:
        __import__(f"shellvault.commands.{name}")  # importlib would be one more module to load
        return sys.modules[f"shellvault.commands.{name}"]
    if word.startswith("-"):
        raise UsageError(f"the option {word} stands before the command", "shellvault COMMAND [options], or --help")
    from difflib import get_close_matches

    from shellvault.compat.awsvault.options import VERBS as AWS_VAULTS

    if word in AWS_VAULTS:
        reason, hint = AWS_VAULTS[word]
        raise UsageError(f"there is no command '{word}': {reason}", hint)
    near = get_close_matches(word, (*VERBS, *ALIASES), n=1)
    raise UsageError(f"there is no command '{word}'", f"did you mean {near[0]}?" if near else "shellvault --help")


def _dispatch(module: ModuleType, words: Sequence[str], environ: Mapping[str, str]) -> Answer:
    if "--help" in words or "-h" in words:
        from shellvault.help import about, wants_help

        if wants_help(module.COMMAND, words):
            return _help(about(module.COMMAND), module.COMMAND.failure)
    arguments = parse(module.COMMAND, words, environ)
    from shellvault.app import App

    result: Answer = module.run(App(environ, arguments), arguments)
    return result


def _help(text: str, failure: str) -> Answer:
    """Return a command's help; not where stdout is evaluated: it is full of examples, which would run."""
    if not failure or os.isatty(1):
        return Answer(text)
    os.write(2, text.encode())
    return Answer(failure)


def _guard(failure: str) -> None:
    """See to it that stdout holds what it must even where we are told to die."""
    if not failure:
        return
    import _signal  # the module behind `signal`, without enumerations that cost more than all the rest

    def die(number: int, _frame: FrameType | None) -> None:
        os.write(1, failure.encode())
        os._exit(128 + number)

    for number in (getattr(_signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(_signal, name)):
        if _signal.getsignal(number) != _signal.SIG_IGN:  # as `nohup` has it
            _signal.signal(number, die)


def _tell(error: ShellvaultError) -> int:
    from shellvault.core.text import sanitize

    hint = (f"hint: {sanitize(error.hint)}",) if error.hint else ()
    lines = (f"error: {sanitize(error.message)}", *hint, *map(sanitize, error.sample))
    os.write(2, "".join(f"{line}\n" for line in lines).encode())
    return error.status


def _finish(result: Answer) -> int:
    try:
        if result.program:
            from shellvault.system.exec_program import exec_program

            exec_program(result.program)
        _write(result.output.encode(errors="surrogateescape"))
    except BrokenPipeError:
        return _KILLED_BY_SIGPIPE
    except ShellvaultError as error:
        return _tell(error)
    except OSError as error:
        return _tell(ShellvaultError(f"cannot write to stdout: {error.strerror}"))
    return result.status


def _write(data: bytes) -> None:
    while data:  # one write, but where a pipe takes less
        data = data[os.write(1, data) :]
