"""The command line: from words to a command, and from its answer to this process's output. The one error boundary."""

from __future__ import annotations

import os
import sys

from shellvault.argparser import parse
from shellvault.commands import ALIASES, NOT_ON_WINDOWS, VERBS
from shellvault.core.errors import CancelledError, NoProfileError, NoSuchProfileError, ShellvaultError, UsageError
from shellvault.own_process import OwnProcess, print_and_exit_on_signal, write_answer
from shellvault.request import Answer, Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import ModuleType
    from typing import NoReturn

    from shellvault.argparser import Arguments, Command
    from shellvault.request import Program
    from shellvault.settings import Settings
    from shellvault.storage.opener import Storage

    Protect = Callable[[Callable[[], str]], None]

_HELP = ("-h", "--help", "help")
_VERSION = ("-v", "-V", "--version", "version")
_COMPLETE = "__complete"  # what shells ask at each Tab
_FALSE = "false\n"
_TYPED = (*(_COUNTED := ("use", "env", "exec", "login")), "list", "status")  # the first count for the order of offers


def main(agent: str, finish: Callable[[int], None], *, is_interrupted: bool = False) -> NoReturn:
    """Run the command line that this process was given, and end the process; `finish` is called with its status.

    `agent` is the path of the agent's socket, or empty; `is_interrupted` says that Ctrl-C was pressed.
    """
    environ, words = dict(os.environ), tuple(sys.argv[1:])
    try:
        cwd = os.getcwd()
    except OSError:  # the folder was deleted
        cwd = environ.get("PWD", "/")
    process = OwnProcess(os.isatty(1), os.getppid(), os.isatty(2), agent, words[:1] == ("unlock",))
    request = Request(words, environ, cwd, process, process)
    answer = run(request, print_and_exit_on_signal, is_interrupted=is_interrupted)
    status = 0 if answer.program else write_answer(answer)
    finish(answer.status)  # not before the answer is out: it takes a moment, in which Ctrl-C may be pressed
    status = become(answer.program) if answer.program else status
    if agent and words and (process.stderr_is_tty or "SHELLVAULT_AGENT" in environ):
        from shellvault.agent.spawn import start_if_wanted

        start_if_wanted(words[0], environ, agent, on_terminal=process.stderr_is_tty)
    os._exit(status)  # skips the interpreter's clean-up: there is nothing left to clean up


def run(request: Request, protect: Protect = lambda _: None, *, is_interrupted: bool = False) -> Answer:
    """Run one command line. Whatever goes wrong is in the answer, with what the command promises for stdout.

    `protect` is called with what returns the text that stdout must hold if the process is killed from then on.
    `is_interrupted` says that Ctrl-C was pressed before.
    """
    words: Sequence[str] = request.words
    failure = ""
    try:
        if not words or words[0] in (*_HELP, *_VERSION, _COMPLETE):
            return _describe(words, request)
        captured = not request.terminal.stdout_is_tty
        failure = _FALSE if captured else ""  # until the verb is known: a misspelt `env` must fail in `eval` too
        leading, words = _split_leading(words) if words[0][:1] == "-" else ((), words)
        module = _load_command(words[0], request)
        failure = module.COMMAND.failure if captured else ""
        if failure:
            protect(lambda: _spell(_FALSE, request))
        if is_interrupted:
            _interrupt()
        if leading:
            leading = _select_known(leading, module.COMMAND)
        return _dispatch(module, [*leading, *words[1:]], request)
    except ShellvaultError as error:
        return _explain(error, _spell(failure, request), request)
    except KeyboardInterrupt:
        return _explain(CancelledError("interrupted"), _spell(failure, request))
    except Exception as error:  # noqa: BLE001 - a bug must not leave `eval` without its `false`
        from shellvault.system.crash_report import STATUS, format_crash

        return Answer(STATUS, _spell(failure, request), format_crash(error))


def read_settings(request: Request) -> Settings:
    """Return the settings of a command line whose first word is the command.

    Raises:
        ShellvaultError: the command line is wrong.
    """
    from shellvault.settings import load_settings

    arguments = parse(_load_command(request.words[0], request).COMMAND, request.words[1:], request.environ)
    return load_settings(arguments, request.environ, request.cwd)


def _interrupt() -> NoReturn:
    raise KeyboardInterrupt


def _describe(words: Sequence[str], request: Request) -> Answer:
    """Return the general help, a command's, the version, or what may come next on a command line."""
    if words and words[0] == _COMPLETE:
        from shellvault.completion.shell_answers import answer_tab

        return answer_tab(request)
    if words and words[0] in _VERSION:
        from shellvault import __version__

        return Answer(stdout=f"shellvault {__version__}\n")
    from shellvault.help import describe_command, describe_program, wrap

    verb = words[1] if words[1:] and words[1] not in _HELP else ""
    text = describe_command(_load_command(verb, request).COMMAND) if verb else describe_program()
    return Answer(stdout=wrap(text, request.terminal.columns))


def _split_leading(words: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Return the options before the verb, which aws-vault allows, and the rest."""
    from shellvault.compat.awsvault.options import split_leading

    leading, rest = split_leading(words)
    return (leading, rest) if rest else ((), words)


def _select_known(leading: Sequence[str], command: Command) -> Sequence[str]:
    from shellvault.compat.awsvault.options import select_known

    return select_known(leading, (option.name for option in command.options))


def _load_command(word: str, request: Request) -> ModuleType:
    name = ALIASES.get(word, word)
    if name in VERBS:
        __import__(f"shellvault.commands.{name}")  # importlib would be one more module to load
        return sys.modules[f"shellvault.commands.{name}"]
    from shellvault.unknown_command import explain_unknown

    raise explain_unknown(word, request)


def _dispatch(module: ModuleType, words: Sequence[str], request: Request) -> Answer:
    if ("--help" in words or "-h" in words) and (described := _describe_command(module.COMMAND, words, request)):
        return described
    if sys.platform == "win32" and (instead := NOT_ON_WINDOWS.get(module.COMMAND.name)):
        raise UsageError(f"shellvault {module.COMMAND.name} cannot run on Windows", instead)
    arguments = parse(module.COMMAND, words, request.environ)
    if not module.COMMAND.needs_app:
        found: Answer = module.run(None, arguments)
        return found
    from shellvault.app import App
    from shellvault.core.environment import NOT_FOR_CHILDREN
    from shellvault.settings import load_settings

    for name in request.environ.keys() & {*NOT_FOR_CHILDREN, "SSLKEYLOGFILE"}:  # only children may log keys
        os.environ.pop(name, None)
    try:
        app = App(request, load_settings(arguments, request.environ, request.cwd))
        try:
            answer: Answer = module.run(app, arguments)
        except (NoProfileError, NoSuchProfileError) as error:
            from shellvault.choose_profile import choose_profile

            arguments = choose_profile(error, module.COMMAND, arguments, request, app.settings, app)
            app = App(request, load_settings(arguments, request.environ, request.cwd))
            answer = module.run(app, arguments)
    except ShellvaultError as error:
        _explain_source(error, arguments, lambda: load_settings(arguments, request.environ, request.cwd))
        raise
    if request.terminal.stderr_is_tty:
        _look_back(module.COMMAND, arguments, request, app.resolved_names, app.settings.home, lambda: app.storage)
    vars(app).clear()  # what is in it refers back to it; the agent frees it now, not when garbage is collected
    return answer


def _describe_command(command: Command, words: Sequence[str], request: Request) -> Answer | None:
    """Return a command's help if these words ask for it: they may also be for a program."""
    from shellvault.help import answer_help, wants_help

    return answer_help(command, request.terminal) if wants_help(command, words) else None


def _explain_source(error: ShellvaultError, arguments: Arguments, find_settings: Callable[[], Settings]) -> None:
    """Make an error name the variables behind the options, and the file that holds a missing key pair in plaintext."""
    if arguments.variables:
        from shellvault.core.option_values import name_variables

        name_variables(error, arguments.variables)
    if error.missing_key:
        from shellvault.import_sources.plaintext_hint import name_plaintext

        name_plaintext(error, find_settings())


def _look_back(
    command: Command,
    arguments: Arguments,
    request: Request,
    names: Sequence[str],
    home: str,
    find_storage: Callable[[], Storage],
) -> None:
    """Remember that somebody used profiles, unless it was the hook or a program; tell them of old key pairs."""
    if names and command.name in _COUNTED and not arguments.has("--refresh") and not arguments.has("--json"):
        from shellvault.storage.usage_log import record_use

        record_use(home, dict.fromkeys(names))
    if command.name not in _TYPED:
        return
    from shellvault.storage.usage_log import is_look_due

    if is_look_due(home):  # once a day
        from shellvault.key_reminder import remind

        remind(command.name, arguments.options, request, find_storage())


def _spell(failure: str, request: Request) -> str:
    """Return what stdout promises for a failure, as the calling shell understands it."""
    if not failure:
        return ""
    from shellvault.failed_eval import spell_failure

    return spell_failure(request.words, request.environ, request.terminal.caller_pid)


def _explain(error: ShellvaultError, stdout: str, request: Request | None = None) -> Answer:
    """Return the answer of a command that failed; `stdout` is what it promises for that case."""
    from shellvault.core.text import format_error

    if request and "shellvault" in error.hint:
        from shellvault.typed_lines import fit_hint

        error.hint = fit_hint(error.hint, request)
    return Answer(error.status, stdout, format_error(error))


def become(program: Program) -> int:
    """Become a program; return the exit status only if that fails."""
    from shellvault.exec_program import exec_program, explain_failure

    try:
        exec_program(program.argv, program.environ)
    except OSError as error:
        return write_answer(_explain(explain_failure(program.argv[0], error), ""))
