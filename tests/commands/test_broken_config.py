"""A config file that the AWS CLI cannot read: every command names the line, and none writes to the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.commands.plaintext import DEV, list_stored_names, write_credentials
from tests.sandbox import SHELLVAULT

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

BROKEN = "[profile base]\nregion = eu-west-1\n\n[profile dev\nmfa_serial = arn:aws:iam::111122223333:mfa/me\n"
READERS = (
    ("env", "base", "--shell", "bash"),
    ("exec", "base", "--", "true"),
    ("export", "base"),
    ("list",),
    ("login", "base", "--stdout"),
    ("rotate", "base"),
    ("sso", "profiles"),
)


@pytest.fixture
def broken(sandbox: Sandbox) -> Sandbox:
    """Return a sandbox whose config file has a header without its closing bracket in line 4."""
    sandbox.add("base", sandbox.aws.world.user("alice").access_key(), "--no-config")
    sandbox.config.parent.mkdir(exist_ok=True)
    sandbox.config.write_text(BROKEN)
    return sandbox


@pytest.mark.parametrize("words", READERS, ids=" ".join)
def test_every_command_that_reads_the_file_names_the_line(broken: Sandbox, words: tuple[str, ...]) -> None:
    """Status 2, with the file, the line, and what to write there. AWS is not called."""
    done = broken.run(*words)
    assert (done.returncode, broken.aws.world.calls) == (2, [])
    assert done.stderr.splitlines()[-2:] == [
        f"error: {broken.config}:4: the header [profile dev has no closing bracket",
        "hint: edit line 4: write [profile dev]",
    ]


@pytest.mark.parametrize(
    "words", [("add", "ops", "--env"), ("import",), ("import", "--from", "csv", "keys.csv", "ops")], ids=" ".join
)
def test_nothing_is_stored_or_written_while_the_file_is_broken(broken: Sandbox, words: tuple[str, ...]) -> None:
    """The config file is checked before any question is asked, and is not changed."""
    write_credentials(broken, f"[ops]\n{DEV.lines}")
    (broken.home / "keys.csv").write_text(f"Access key ID,Secret access key\n{DEV.id},{DEV.secret}\n")
    done = broken.run(*words, AWS_ACCESS_KEY_ID=DEV.id, AWS_SECRET_ACCESS_KEY=DEV.secret)
    assert (done.returncode, broken.config.read_text()) == (2, BROKEN)
    assert f"{broken.config}:4: " in done.stderr
    assert broken.run("doctor").returncode == 2
    broken.config.write_text("")
    assert list_stored_names(broken) == ["base"]


def test_a_broken_file_does_not_block_unset_lock_or_clear(broken: Sandbox) -> None:
    """Commands that need no profile still work; so does `add --no-config`."""
    for words in (("env", "--unset", "--shell", "bash"), ("lock",), ("clear",)):
        assert broken.run(*words).returncode == 0
    added = broken.run("add", "ops", "--env", "--no-config", AWS_ACCESS_KEY_ID=DEV.id, AWS_SECRET_ACCESS_KEY=DEV.secret)
    assert (added.returncode, broken.config.read_text()) == (0, BROKEN)


def test_import_names_a_broken_credentials_file(sandbox: Sandbox) -> None:
    """Nothing is imported from it, and no secret is shown."""
    file = write_credentials(sandbox, f"[dev]\n{DEV.lines}[dev]\n{DEV.lines}")
    done = sandbox.run("import", "--scrub", "-f")
    assert (done.returncode, DEV.secret in done.stderr) == (2, False)
    assert f"{file}:4: the section [dev] is written twice, first in line 1" in done.stderr
    assert list_stored_names(sandbox) == []


def test_the_shell_keeps_its_session_when_the_config_breaks(sandbox: Sandbox) -> None:
    """`env` fails as usual, and changes nothing."""
    sandbox.add("base", sandbox.aws.world.user("alice").access_key())
    script = f"""
        eval "$({SHELLVAULT} env base)"; before=$AWS_ACCESS_KEY_ID
        printf "[profile x\\n" >> {sandbox.config}
        eval "$({SHELLVAULT} env base)"; printf "%s " $?
        [ "$AWS_ACCESS_KEY_ID" = "$before" ] && echo kept
    """
    assert sandbox.shell("bash", script).stdout == "1 kept\n"
