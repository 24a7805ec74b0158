"""`demo`: shows shellvault at work against a local AWS, with a temporary home folder."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack, contextmanager

from shellvault.argparser import COMMON, Command
from shellvault.commands import VERBS
from shellvault.core.errors import ShellvaultError, UsageError
from shellvault.core.text import quote_word
from shellvault.request import Answer
from shellvault.shell.dialects import DIALECTS, eval_line
from shellvault.shell.shell_detection import detect_shell
from shellvault.system.own_program import PACKAGES, find_module_program, find_program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from shellvault.app import App
    from shellvault.argparser import Arguments

COMMAND = Command(
    "demo",
    VERBS["demo"],
    options=COMMON,
    details="""\
Starts a local AWS, creates a temporary home folder with a sealed vault, stores a sample key, and evaluates
`shellvault env` in your shell. It neither reads nor writes anything of yours.

Only an installation with the demo can show it. In a clone of shellvault's repository:
  python3 -m venv .venv && .venv/bin/pip install '.[demo]'
  .venv/bin/shellvault demo
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
That shell had a role's session in its environment; the key pair behind it was in an encrypted vault. Both are gone.
Once shellvault is installed, with your own AWS account:

  shellvault add dev                    store an access key; asks for its id and secret
  {dev:<36}  put temporary credentials into this shell
  shellvault status                     see what this shell holds
  {unset:<36}  take them out again, and restore what was there
  shellvault --help
"""
_THEN = {"fish": "; and exec ", **dict.fromkeys(("elvish", "nushell", "xonsh", "powershell"), "\n")}
"""How dialects go on after a line that succeeded, if not as POSIX does; some end a script at a line that fails."""
_KEPT = ("PATH", "LANG", "LC_ALL", "TERM")
_KEY_PAIR = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_IDENTITY = "shellvault.aws.identity"
_INSTALLERS = {"pipx_metadata.json": "pipx install --force '.[demo]'", "uv-receipt.toml": "uv tool install '.[demo]'"}
"""File of an environment -> what installs shellvault with the demo in its place, in a clone of the repository."""
_BESIDE = "python3 -m venv .venv && .venv/bin/pip install '.[demo]' && .venv/bin/shellvault demo"


def run(app: App, _arguments: Arguments) -> Answer:
    """Run the demo, and return what it did and what to type next."""
    environ = app.request.environ
    shell = _choose_shell(app.request.terminal.caller_pid, environ)
    with ExitStack() as stack:
        environ = _build_environ(environ, stack.enter_context(_serve_aws()), stack.enter_context(_create_home()))
        without_key = {name: value for name, value in environ.items() if name not in _KEY_PAIR}
        steps = [
            f"A simulated AWS is listening on {environ['AWS_ENDPOINT_URL']}; the home folder is {environ['HOME']}.\n",
            _run_step(
                "shellvault add sample --env", [*find_program(), "add", "sample", "--env", "--no-config"], environ
            ),
            _run_step(eval_line(shell, "shellvault env demo"), [shell, "-c", _script(shell)], without_key),
            _run_step("shellvault list", [*find_program(), "list"], without_key),
        ]
    advice = _NEXT.format(dev=eval_line(shell, "shellvault env dev"), unset=eval_line(shell, "shellvault env --unset"))
    return Answer(stdout="".join((*steps, advice)))


def explain_missing(prefix: str, packages: str, python: str) -> UsageError:
    """Return the error of an installation without the simulated AWS; `packages` is the folder that we are in."""
    for name, line in _INSTALLERS.items():
        if os.path.exists(os.path.join(prefix, name)):
            return UsageError("the demo is not installed", f"in a clone of shellvault: {line}")
    has_pip = os.path.exists(os.path.join(os.path.dirname(python), "pip"))
    if has_pip and os.path.exists(os.path.join(prefix, "pyvenv.cfg")) and os.access(packages, os.W_OK):
        line = f"{quote_word(python)} -m pip install '.[demo]'"
        return UsageError("the demo is not installed", f"in a clone of shellvault: {line}")
    return UsageError("this package does not contain the demo", f"in a clone of shellvault: {_BESIDE}")


def _choose_shell(caller_pid: int, environ: Mapping[str, str]) -> str:
    shell = detect_shell(caller_pid) or ""
    return shell if shell in DIALECTS and shutil.which(shell, path=environ.get("PATH")) else "sh"


def _script(shell: str) -> str:
    """Return what a user would type, with this program instead of whatever PATH would find."""
    from shlex import join

    line = eval_line(shell, f"{join(find_program())} env demo --shell {shell}")
    return f"{line}{_THEN.get(DIALECTS[shell], ' && exec ')}{join(find_module_program(_IDENTITY))}"


def _run_step(line: str, argv: list[str], environ: Mapping[str, str]) -> str:
    """Run one command of the demo, and return the line that stands for it, with its output."""
    done = subprocess.run(
        argv,
        env=environ,
        cwd=environ["HOME"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ShellvaultError(
            f"the demo failed at: {line}", "please report it, with these lines:", tuple(done.stdout.splitlines())
        )
    return f"$ {line}\n{done.stdout}\n"


def _build_environ(environ: Mapping[str, str], url: str, home: str) -> dict[str, str]:
    """Return an environment that leads to nothing of the user's."""
    return {
        **{name: environ[name] for name in _KEPT if name in environ},
        "HOME": home,
        "SHELLVAULT_HOME": os.path.join(home, "vault"),
        "SHELLVAULT_AGENT": "off",  # it would outlive the demo
        "SHELLVAULT_BACKEND": "sealed",
        "SHELLVAULT_PASSPHRASE": secrets.token_urlsafe(),
        "AWS_CONFIG_FILE": os.path.join(home, "config"),
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "AKIA" + "".join(secrets.choice(_BASE32) for _ in range(16)),
        "AWS_SECRET_ACCESS_KEY": secrets.token_urlsafe(30),
    }


@contextmanager
def _create_home() -> Iterator[str]:
    """Create a home folder, and remove it afterwards, with its entries in the kernel keyring."""
    from shellvault.storage.opener import kernel_keyring

    with tempfile.TemporaryDirectory(prefix="shellvault-demo-") as home:
        with open(os.path.join(home, "config"), "w", encoding="utf-8") as config:
            config.write(_CONFIG)
        try:
            yield home
        finally:
            kernel_keyring(os.path.join(home, "vault")).clear()


@contextmanager
def _serve_aws() -> Iterator[str]:
    """Serve an AWS on this machine, and return its URL."""
    import logging

    try:
        from moto.server import ThreadedMotoServer
    except ImportError:
        raise explain_missing(sys.prefix, PACKAGES, sys.executable) from None
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()
