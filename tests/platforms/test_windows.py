"""On a machine like Windows, what can work there does, and what cannot says what to type instead.

Nothing here has run on Windows itself.
"""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from shellvault.commands import VERBS
from tests.dialects.test_powershell import parse, read_assignments
from tests.platforms import CONSOLE, KEYS, SHELL
from tests.platforms.windows import Windows
from tests.sandbox import parse_environment

if TYPE_CHECKING:
    from tests.aws.identities import AccessKey
    from tests.sandbox import Sandbox

NOT_THERE = {
    "shellvault.ui.picker.key_loop": "a numbered list is shown",
    "shellvault.ui.terminal": "shellvault.ui.windows_console asks",
}
"""The modules that cannot be imported there, and what there is instead."""
REFUSED = {
    "agent": ("agent", "start"),
    "demo": ("demo",),
    "hook": ("hook", "bash"),
    "lend": ("lend", "reader", "--", "show"),
    "serve": ("serve", "reader"),
    "env": ("env", "--server", "reader"),
    "exec": ("exec", "--server", "reader", "--", "show"),
    "use": ("use", "reader"),
    "off": ("off",),
}
"""Command -> what of it cannot work there."""
OTHERS = {
    "add": ("add", "other"),
    "clear": ("clear",),
    "completion": ("completion", "bash"),
    "doctor": ("doctor", "--json"),
    "each": ("each", "nobody", "--", "show"),
    "export": ("export", "reader"),
    "import": ("import",),
    "list": ("list", "--sessions"),
    "lock": ("lock",),
    "log": ("log", "--json"),
    "login": ("login", "nobody"),
    "panic": ("panic", "--yes"),
    "remove": ("remove", "base"),
    "revoke": ("revoke", "--yes", "reader"),
    "rotate": ("rotate", "base"),
    "sso": ("sso", "--no-input"),
    "status": ("status", "--json"),
    "trust": ("trust",),
    "unlock": ("unlock",),
}
"""The other commands, each in a form that waits for nobody."""
IMPORT_ALL = """
import importlib, pkgutil, shellvault
for module in pkgutil.walk_packages(shellvault.__path__, "shellvault.", lambda name: None):
    try:
        importlib.import_module(module.name)
    except Exception as error:
        print(module.name)
"""
CHOOSE = """
from shellvault.core.profile_search import Choices
from shellvault.own_process import OwnProcess
print(OwnProcess().choose(Choices(["one", "two"], lambda name: ("", "", "", "")), "", {"TERM": "xterm"}, "."))
"""
SPLIT = """
import sys
from shellvault.providers.credential_program import split_command
print("\\0".join(split_command(sys.argv[1])))
"""


REPLACE = """
import threading
from shellvault.system.atomic_file import AtomicFile, read_bytes
AtomicFile("file").replace(b"old\\n")
reader = open("file", "rb")
threading.Timer(0.2, reader.close).start()
AtomicFile("file", backup="copy", sync_folder=True).replace(b"new\\n")
print(reader.closed, read_bytes("file"), read_bytes("copy"))
"""


@pytest.fixture
def windows(sandbox: Sandbox) -> Windows:
    """Return a machine with the profile `reader`, a key pair, and a program that shows its environment."""
    found = Windows(sandbox)
    sandbox.create_vault()
    role = sandbox.aws.world.role("reader")
    sandbox.configure(f"[profile reader]\nsource_profile = base\nregion = eu-west-1\nrole_arn = {role.arn}\n")
    done = _add(found, "base", sandbox.aws.world.user("alice").access_key())
    assert done == ("", "Stored the key pair …")
    found.install("show", '#!/bin/sh\nenv -0\necho "$@" >&2\nexit 7\n')
    return found


def _add(windows: Windows, name: str, key: AccessKey) -> tuple[str, str]:
    done = windows.run("add", name, "--env", AWS_ACCESS_KEY_ID=key.id, AWS_SECRET_ACCESS_KEY=key.secret)
    return done.stderr, done.stdout[:21]


def test_every_module_but_a_few_can_be_imported(sandbox: Sandbox) -> None:
    """The few are those of Unix's terminals."""
    done = Windows(sandbox).run_python(IMPORT_ALL)
    assert done.stdout.split() == sorted(NOT_THERE), done.stderr


def test_every_command_answers(windows: Windows) -> None:
    """None ends in a traceback, such as that of a module or a function that does not exist there."""
    assert {*REFUSED, *OTHERS} == {*VERBS}
    for words in (("--version",), ("--help",), ("__complete", "--", ""), *OTHERS.values()):
        done = windows.run(*words)
        assert "Traceback" not in done.stderr
        assert "a bug in shellvault" not in done.stderr, done.stderr
        assert done.returncode in (0, 2, 3, 4, 5, 6, 7), (words, done.stderr)


@pytest.mark.parametrize("verb", REFUSED)
def test_what_cannot_work_says_what_to_type_instead(windows: Windows, verb: str) -> None:
    """With the exit status of a wrong command line, and PowerShell's failure where that is evaluated."""
    done = windows.run(*REFUSED[verb])
    first, hint = done.stderr.splitlines()
    assert done.returncode == 2
    assert re.match("error: .*(on Windows|need the hook in this shell)$", first), done.stderr
    assert re.search("^hint: .*(shellvault |WSL|--process)", hint)
    assert done.stdout == ("throw 'shellvault failed'\n" if verb in ("env", "use", "off") else "")


def test_keys_are_below_local_app_data(windows: Windows) -> None:
    """The config file is in the home folder, where the AWS CLI looks for it."""
    assert (windows.data / "vault.sealed").is_file()
    assert "[profile base]" in windows.sandbox.config.read_text()
    assert windows.run("list", "--credentials").stdout == "base\n"
    assert b"\r" not in windows.sandbox.config.read_bytes()
    assert not (windows.sandbox.home / ".local").exists()


def test_a_file_is_replaced_when_its_reader_has_closed_it(sandbox: Sandbox) -> None:
    """Windows replaces no file that somebody has open."""
    done = Windows(sandbox).run_python(REPLACE)
    assert done.stdout == "True b'new\\n' b'old\\n'\n", done.stderr
    assert not list(sandbox.home.glob("*.shellvault-new"))


def test_powershell_gets_a_session(windows: Windows) -> None:
    """It is recognized, and the session is kept in the vault for the next command."""
    for _ in range(2):
        done = windows.run("env", "reader")
        assert not parse(done.stdout).has_error
        found = read_assignments(done.stdout)
        assert found["$env:SHELLVAULT_PROFILE"] == "'reader'"
        assert found["$env:AWS_ACCESS_KEY_ID"].startswith("'ASIA")
    assert windows.sandbox.aws.world.count("AssumeRole") == 1
    assert "set AWS_ACCESS_KEY_ID=ASIA" in windows.run("export", "reader", "--format", "windows-cmd").stdout
    assert json.loads(windows.run("list", "--json").stdout)


def test_a_program_runs_to_its_end(windows: Windows) -> None:
    """It is found by its ending, gets its words and its session, and gives its exit status."""
    done = windows.run("exec", "reader", "--", "show", "a b", "")
    assert (done.returncode, done.stderr[-5:]) == (7, "a b \n")
    assert parse_environment(done.stdout)["AWS_ACCESS_KEY_ID"].startswith("ASIA")
    assert windows.run("exec", "reader", "--", "nothing").returncode == 127


def test_a_command_runs_once_for_each_profile(windows: Windows) -> None:
    """Side by side, with the output of each; the highest exit status counts."""
    windows.sandbox.configure("[profile admin]\nsource_profile = base\n")
    windows.install("say", '#!/bin/sh\necho "$1 $AWS_VAULT"\necho "$AWS_VAULT" >&2\nsleep 0.1\nexit 3\n')
    done = windows.run("each", "admin", "reader", "--group", "--", "say", "I am")
    assert done.returncode == 3
    lines = [line.split()[-3:] for line in done.stdout.splitlines() if "I am" in line]
    assert sorted(lines) == [["I", "am", "admin"], ["I", "am", "reader"]], done.stderr


def test_a_key_pair_is_typed_on_the_console(windows: Windows) -> None:
    """The secret is not shown; the program may be called with its output redirected."""
    key = windows.sandbox.aws.world.user("bob").access_key()
    done, shown = windows.type_into("add", "typed", lines=(key.id, f"x\b{key.secret}", "eu-west-1"))
    assert done.returncode == 0, done.stderr
    assert "Access key ID" in shown
    assert key.secret not in shown
    assert windows.run("list", "--credentials").stdout == "base\ntyped\n"
    done, shown = windows.type_into("remove", "typed", lines=("yes",))
    assert (done.returncode, shown[-4:]) == (0, "yes\n")
    done, _shown = windows.type_into("remove", "base", lines=("\x03",))
    assert done.returncode == 130


def test_a_profile_is_chosen_by_its_number(windows: Windows) -> None:
    """The picker for Unix's terminals is not loaded, whatever TERM says."""
    done = windows.run_python(CHOOSE, **{KEYS: "2\r"})
    assert done.stdout == "two\n", done.stderr
    assert (windows.sandbox.home / CONSOLE).read_text().startswith("Number")


def test_a_credential_program_is_read(windows: Windows) -> None:
    """Its words are split as the AWS CLI splits them there, and its output is read by threads."""
    printed = json.dumps({"Version": 1, "AccessKeyId": "AKIAPROCESSPROCESS01", "SecretAccessKey": "s" * 40})
    windows.install("give", f"#!/bin/sh\nprintf %s '{printed}'\n")
    windows.sandbox.configure('[profile given]\ncredential_process = "give.exe" --for "two words"\n')
    done = windows.run("exec", "given", "--json")
    assert '"AKIAPROCESSPROCESS01"' in done.stdout, done.stderr


def test_programs_can_run_the_line_that_asks_shellvault(windows: Windows) -> None:
    """With a name that has to be quoted."""
    windows.sandbox.configure('[profile "two words"]\nsource_profile = base\n')
    printed = read_assignments(windows.run("env", "--process").stdout)["$env:AWS_CONFIG_FILE"]
    (file,) = shlex.split(printed)
    lines = [line for line in Path(file).read_text().splitlines() if "two words" in line and "=" in line]
    words = windows.run_python(SPLIT, lines[0].partition("= ")[2]).stdout.rstrip("\n").split("\0")
    assert words[-3:] == ["exec", "two words", "--json"]


def test_cmd_gets_another_cmd(windows: Windows) -> None:
    """It evaluates nothing that a program prints."""
    done = windows.run("env", "reader", **{SHELL: "cmd"})
    assert done.returncode == 2
    assert done.stderr.endswith("hint: shellvault exec PROFILE -- cmd\n")
    windows.install("cmd", '#!/bin/sh\necho "in $AWS_VAULT"\n')
    assert windows.run("exec", "reader", COMSPEC=f"{windows.sandbox.home}/bin/cmd.exe").stdout == "in reader\n"


def test_powershell_gets_its_hook(windows: Windows) -> None:
    """Loaded by the line that `use` names."""
    done = windows.run("hook", "powershell")
    assert not parse(done.stdout).has_error
    assert "shellvault hook powershell | Out-String | Invoke-Expression, then" in windows.run("use", "reader").stderr
    assert "put this into $PROFILE: shellvault hook powershell" in windows.run("doctor").stdout
