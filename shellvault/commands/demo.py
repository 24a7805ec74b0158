"""`demo`: the main job for real, against an embedded AWS on this machine, in a home that is thrown away."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack, contextmanager

from shellvault.argparser import EVERYWHERE, Command
from shellvault.commands import Answer
from shellvault.core.errors import ShellvaultError, UsageError
from shellvault.shell.dialects import DIALECTS
from shellvault.shell.shell_detection import detect_shell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from shellvault.app import App
    from shellvault.argparser import Arguments

COMMAND = Command(
    "demo",
    "see it work, with no AWS account",
    options=EVERYWHERE,
    details="""\
Starts an AWS of its own on this machine, makes a home to be thrown away with a sealed vault in it, stores a sample
key, and evaluates `shellvault env` in your kind of shell. Nothing of yours is read or written.
""",
)

_CONFIG = """\
[profile sample]
region = eu-central-1

[profile demo]
role_arn = arn:aws:iam::123456789012:role/demo
source_profile = sample
region = eu-central-1
"""
_NEXT = """\
That was a session of a role in this shell's own environment; the key pair behind it lies in an encrypted vault.
With an AWS account of your own:

  shellvault add dev                    store an access key; asks for id and secret
  {dev:<38}put temporary credentials into this shell
  shellvault status                     see what this shell holds
  {unset:<38}take them out again, everything as it was
  shellvault --help
"""


def run(app: App, _arguments: Arguments) -> Answer:
    """Run the demo and return what to type next."""
    shell = detect_shell() or "sh"
    shell = shell if shell in DIALECTS and shutil.which(shell) else "sh"
    with ExitStack() as stack:
        environ = _environment(app.environ, stack.enter_context(_aws()), stack.enter_context(_home()))
        _say(f"An AWS of its own listens on {environ['AWS_ENDPOINT_URL']}; the home is {environ['HOME']}.\n")
        _show("shellvault add sample --env", [*_SHELLVAULT, "add", "sample", "--env", "--no-config"], environ)
        line = _evaluation(shell, "env demo")
        _show(line, [shell, "-c", _script(shell)], _without_key(environ))
        _show("shellvault list", [*_SHELLVAULT, "list"], _without_key(environ))
    return Answer(_NEXT.format(dev=_evaluation(shell, "env dev"), unset=_evaluation(shell, "env --unset")))


_SHELLVAULT = (sys.executable, "-I", "-m", "shellvault")
_IDENTITY = (sys.executable, "-I", "-m", "shellvault.aws.identity")


def _evaluation(shell: str, words: str, program: str = "shellvault") -> str:
    return f"{program} {words} | source" if shell == "fish" else f'eval "$({program} {words})"'


def _script(shell: str) -> str:
    """Return what a person would type, with this very program in place of whatever PATH would find."""
    from shlex import join

    evaluation = _evaluation(shell, f"env demo --shell {shell}", join(_SHELLVAULT))
    return f"{evaluation}{'; and' if shell == 'fish' else ' &&'} exec {join(_IDENTITY)}"


def _show(line: str, argv: list[str], environ: Mapping[str, str]) -> None:
    _say(f"$ {line}\n")
    if subprocess.run(argv, env=environ, check=False).returncode:
        raise ShellvaultError("the demo failed at the line above", "please report it")
    _say("\n")


def _say(text: str) -> None:
    os.write(1, text.encode())


def _environment(environ: Mapping[str, str], url: str, home: str) -> dict[str, str]:
    """Return an environment in which nothing of the person's is reached."""
    return {
        **{name: environ[name] for name in ("PATH", "LANG", "LC_ALL", "TERM") if name in environ},
        "HOME": home,
        "SHELLVAULT_HOME": os.path.join(home, "vault"),
        "SHELLVAULT_BACKEND": "sealed",
        "SHELLVAULT_PASSPHRASE": secrets.token_urlsafe(),
        "AWS_CONFIG_FILE": os.path.join(home, "config"),
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "AKIA" + "".join(secrets.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") for _ in range(16)),
        "AWS_SECRET_ACCESS_KEY": secrets.token_urlsafe(30),
    }


def _without_key(environ: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value for name, value in environ.items() if name not in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    }


@contextmanager
def _home() -> Iterator[str]:
    """Make a home and throw it away, with what the kernel keeps for it."""
    from shellvault.storage.opener import kernel_keyring

    with tempfile.TemporaryDirectory(prefix="shellvault-demo-") as home:
        with open(os.path.join(home, "config"), "w", encoding="utf-8") as config:
            config.write(_CONFIG)
        try:
            yield home
        finally:
            kernel = kernel_keyring(os.path.join(home, "vault"))
            for entry in kernel.entries():
                kernel.unlink(entry.key_id)


@contextmanager
def _aws() -> Iterator[str]:
    """Serve an AWS on loopback, silently, and return its URL."""
    import logging

    try:
        from moto.server import ThreadedMotoServer
    except ImportError:
        raise UsageError("the demo needs moto, which plays AWS", "pip install 'shellvault[demo]'") from None
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()
