"""Somebody who has keys only in ~/.aws/credentials is told everywhere to import them, not to type them in again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.commands.plaintext import DEV, OPS, list_stored_names, write_credentials
from tests.commands.terminal import open_terminal
from tests.sandbox import SHELLVAULT

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

WHAT = "the key of 'dev' is in plaintext in ~/.aws/credentials"
COMMAND = "shellvault import dev --scrub"
ASKING = (
    ("env", "dev", "--shell", "bash"),
    ("exec", "dev", "--", "true"),
    ("export", "dev"),
    ("login", "dev", "--stdout"),
    ("rotate", "dev"),
    ("each", "dev", "--", "true"),
    ("each", "*", "--", "true"),
    ("list", "d*"),
)
DEPLOY = "[profile deploy]\nrole_arn = arn:aws:iam::111122223333:role/x\nsource_profile = dev\n"


@pytest.fixture
def plain(sandbox: Sandbox) -> Sandbox:
    """Return a sandbox with a credentials file, and without a config file and a vault."""
    write_credentials(sandbox, f"[dev]\n{DEV.lines}")
    sandbox.config.unlink(missing_ok=True)
    return sandbox


@pytest.mark.parametrize("words", ASKING, ids=" ".join)
def test_a_command_that_misses_the_key_says_how_to_import_it(plain: Sandbox, words: tuple[str, ...]) -> None:
    """The error says where the key is, and the hint works."""
    done = plain.run(*words)
    assert done.returncode == 3
    assert done.stderr.splitlines()[-2:] == [f"error: {WHAT}", f"hint: {COMMAND}"]
    assert plain.shell("bash", f"{COMMAND} --force").returncode == 0
    assert list_stored_names(plain) == ["dev"]


def test_an_empty_list_says_how_to_import_it(plain: Sandbox) -> None:
    """Of several keys it names all; without any, the first step is to store one."""
    assert plain.run("list").stdout == f"No profiles or key pairs yet, but {WHAT}. To import: {COMMAND}\n"
    write_credentials(plain, f"[dev]\n{DEV.lines}[ops]\n{OPS.lines}")
    told = "but the keys of 'dev', 'ops' are in plaintext in ~/.aws/credentials. To import: "
    assert plain.run("list").stdout == f"No profiles or key pairs yet, {told}shellvault import --scrub\n"
    write_credentials(plain, "")
    assert plain.run("list").stdout == "No profiles or key pairs yet. Store an access key: shellvault add dev\n"


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (DEPLOY, ("env", "deploy", "--shell", "bash")),
        ("[profile dev]\nregion = eu-west-1\n", ("env", "dev", "--shell", "bash")),
        ("[profile dev]\nregion = eu-west-1\n", ("each", "*", "--", "true")),
        (f"{DEPLOY}[profile deploy2]\nregion = eu-west-1\n", ("each", "deploy", "--", "true")),
        (DEPLOY, ("each", "d*", "--", "true")),
    ],
)
def test_so_does_one_that_misses_it_below_a_profile(plain: Sandbox, config: str, words: tuple[str, ...]) -> None:
    """As the source of a role, or for a profile that the config file already has."""
    plain.config.write_text(config)
    done = plain.run(*words)
    assert done.returncode != 0
    assert f"error: {WHAT}\nhint: {COMMAND}\n" in done.stderr.replace("deploy | ", "")
    assert "shellvault add" not in done.stderr


def test_the_picker_does_not_hide_it(plain: Sandbox) -> None:
    """Although the name is like that of a profile, no other one is offered."""
    plain.config.write_text("[profile develop]\nregion = eu-west-1\n")
    with open_terminal(plain, [SHELLVAULT, "exec", "dev", "--", "true"]) as terminal:
        terminal.expect(f"{WHAT}\r\nhint: {COMMAND}")


def test_other_files_and_names_are_named_as_they_are(plain: Sandbox) -> None:
    """A file elsewhere keeps its path, a name in need of quotes gets them, and a broken file changes nothing."""
    place = plain.home / "keys"
    (plain.home / ".aws/credentials").rename(place)
    place.write_text(f"[two words]\n{DEV.lines}")
    done = plain.run("export", "two words", AWS_SHARED_CREDENTIALS_FILE=str(place))
    assert done.stderr.splitlines()[-2:] == [
        "error: the key of 'two words' is in plaintext in ~/keys",
        "hint: shellvault import 'two words' --scrub",
    ]
    place.write_text(f"[two words]\n{DEV.lines}[two words]\n")
    done = plain.run("export", "two words", AWS_SHARED_CREDENTIALS_FILE=str(place))
    assert "no profile or key pair is named 'two words'" in done.stderr


def test_doctor_gives_one_fix(plain: Sandbox) -> None:
    """A variable that names the profile of such a key is right, and so is a role over it."""
    plain.config.write_text(DEPLOY)
    for variable in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE"):
        done = plain.run("doctor", "--json", **{variable: "dev"})
        found = [one for one in json.loads(done.stdout) if one["check"] in ("plaintext", "profiles")]
        assert done.returncode == 2
        assert {one["fix"] for one in found} == {COMMAND}
        assert f"profile 'deploy': {WHAT}" in {one["message"] for one in found}
        assert "unset" in plain.run("doctor", **{variable: "dve"}).stdout
