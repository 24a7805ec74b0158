"""Reads a command line of OpenSSH's client as ssh does, and builds those that lending needs. Pure."""

from __future__ import annotations

from shellvault.core.errors import UsageError
from shellvault.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

PROGRAM = "ssh"
_WITH_VALUE = frozenset("BbcDEeFIiJLlmOopQRSWw")
_OWN_CONNECTION = "lend opens a connection of its own"
_REFUSED = {
    "f": "it goes into the background, so what is lent could not end with it",
    "G": "it only prints its configuration",
    "M": _OWN_CONNECTION,
    "N": "it runs nothing that credentials could be lent to",
    "O": _OWN_CONNECTION,
    "Q": "it only prints what it supports",
    "S": _OWN_CONNECTION,
    "s": "a subsystem gets no variables",
    "V": "it only prints its version",
    "W": "it runs nothing that credentials could be lent to",
}
"""Options that make lending impossible, and why."""
_UNUSABLE = {
    "forkafterauthentication": ("ForkAfterAuthentication", "no", _REFUSED["f"]),
    "remotecommand": ("RemoteCommand", "none", "lend has to run a command of its own there"),
    "sessiontype": ("SessionType", "default", _REFUSED["N"]),
}
"""Settings, as `ssh -G` prints them -> their usual name, the only value that can be used, and why."""
_NO_STDIN, _NO_TERMINAL, _TERMINAL = "n", "T", "t"
_DECIDES = "requesttty"
_END = "--"  # of the options
_NO_PORT = "127.0.0.1:0"  # the far side chooses one


class SshLine(Record):
    """What a command line says: each option is a letter and its value, or the empty string."""

    program: str
    options: tuple[tuple[str, str], ...]
    host: str
    command: str

    @property
    def label(self) -> str:
        """What to call it: the program and the host."""
        return f"{PROGRAM} {self.host.removeprefix(f'{PROGRAM}://').rstrip('/')}"

    def ask_settings(self) -> list[str]:
        """Return the command line that prints the settings that ssh would use."""
        return [self.program, "-G", *self._words(), self.host, *(["true"] if self.command else [])]

    def open(self, control: str, command: str, settings: Mapping[str, str]) -> list[str]:
        """Return the one that connects, runs a command without a terminal, and shares its connection at `control`."""
        stdin = ["-o", "StdinNull=no"] if settings.get("stdinnull") == "yes" else []
        own = ["-M", "-S", _escape(control), "-o", "ControlPersist=no", *stdin]
        return [self.program, *own, *self._words(but=(_NO_STDIN, _TERMINAL)), f"-{_NO_TERMINAL}", self.host, command]

    def forward(self, control: str, port: int) -> list[str]:
        """Return the one that has the far side forward a port to this one, and prints the port's number."""
        own = [self.program, "-F", "/dev/null", "-S", _escape(control)]
        return [*own, "-O", "forward", "-R", f"{_NO_PORT}:127.0.0.1:{port}", self.host]

    def run(self, control: str, command: str, settings: Mapping[str, str]) -> list[str]:
        """Return the one that runs a command over the shared connection, in place of its own command or shell."""
        own = ["-S", _escape(control), "-o", "ControlMaster=no", "-o", "ClearAllForwardings=yes"]
        is_undecided = not self.command and settings.get(_DECIDES, "auto") == "auto"
        terminal = ["-o", "RequestTTY=yes"] if is_undecided else []  # as ssh decides for a shell
        return [self.program, *own, *self._words(), *terminal, self.host, command]

    def _words(self, but: Collection[str] = ()) -> list[str]:
        words = ((f"-{letter}", value) for letter, value in self.options if letter not in but)
        return [word for flag, value in words for word in ((flag, value) if flag[1] in _WITH_VALUE else (flag,))]


def read_ssh_line(argv: Sequence[str]) -> SshLine:
    """Return what a command line says; options may follow the host, too.

    Raises:
        UsageError: it names no host, or has an option that makes lending impossible.
    """
    options, rest = _split_options(argv[1:])
    if not rest or rest[0].startswith("-"):
        raise UsageError("ssh: no host given", "shellvault lend PROFILE -- ssh HOST")
    has_ended = argv[-len(rest) - 1] == _END
    more, command = ([], rest[1:]) if has_ended else _split_options(rest[1:])
    for letter, _value in (*options, *more):
        if not letter.isalnum():
            raise UsageError("ssh has no long options", "man ssh")
        if letter in _REFUSED:
            raise UsageError(f"ssh -{letter}: {_REFUSED[letter]}", f"leave out -{letter}")
    return SshLine(argv[0], (*options, *more), rest[0], " ".join(command))


def read_settings(printed: str) -> dict[str, str]:
    """Return what `ssh -G` printed: names in lower case, and of those that occur more than once, the first value."""
    pairs = (line.partition(" ")[::2] for line in reversed(printed.splitlines()))
    return {name: value for name, value in pairs if name}


def check_settings(settings: Mapping[str, str], host: str) -> None:
    """Refuse settings that make lending impossible.

    Raises:
        UsageError: there is one.
    """
    for name, (usual, needed, reason) in _UNUSABLE.items():
        if settings.get(name, needed) != needed:
            hint = f"shellvault lend PROFILE -- ssh -o {usual}={needed} {host}"
            raise UsageError(f"ssh's settings for {host} have {usual} {settings[name]}: {reason}", hint)


def _split_options(words: Sequence[str]) -> tuple[list[tuple[str, str]], Sequence[str]]:
    """Return the leading options, as getopt splits them, and the rest."""
    options: list[tuple[str, str]] = []
    place = 0
    while place < len(words) and words[place].startswith("-") and len(words[place]) > 1:
        letters, place = words[place][1:], place + 1
        if words[place - 1] == _END:
            break
        while letters:
            letter, letters = letters[0], letters[1:]
            if letter in _WITH_VALUE and not letters:
                letters, place = "".join(words[place : place + 1]), place + 1
            options.append((letter, letters if letter in _WITH_VALUE else ""))
            letters = "" if letter in _WITH_VALUE else letters
    return options, words[place:]


def _escape(path: str) -> str:
    """Escape percent signs in a path, because ssh expands them in this option."""
    return path.replace("%", "%%")
