"""`import --from aws-vault`: its encrypted files and its `pass` entries, read and never written."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from tests.commands.plaintext import DEV, OPS, entry, names, stored
from tests.commands.terminal import open_terminal
from tests.sandbox import SHELLVAULT
from tests.storage.jwe import sealed

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sandbox import Sandbox

WORD = "open sesame"
IMPORT = ("import", "--from", "aws-vault")
SESSIONS = ("sts.GetSessionToken,ZGV2,,1700000000", "session,dev,,1700000000", "oidc:https:%2F%2Fx.awsapps.com%2Fstart")
PASS = """#!/bin/sh
printf '%s\\n' "$*" >>"$HOME/asked"
env >"$HOME/pass-env"
read -r line && exit 9
cat "$PASSWORD_STORE_DIR/${3}.gpg"
"""
"""Stands for `pass`: it records how it was called, and its entries are not encrypted."""


def files(sandbox: Sandbox, *, folder: str = ".awsvault/keys", **keys: str) -> Path:
    """Write encrypted files, each with what it holds."""
    path = sandbox.home / folder
    path.mkdir(parents=True, exist_ok=True)
    for name, content in keys.items():
        (path / name).write_text(sealed(content.encode(), WORD))
    return path


def entries(sandbox: Sandbox, folder: str, **keys: str) -> dict[str, str]:
    """Write entries of a password store and a program that shows them; return how to reach it."""
    top = sandbox.home / ".password-store"
    for name, content in keys.items():
        path = top / folder / f"{name}.gpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    program = sandbox.home / "bin" / "pass"
    program.parent.mkdir()
    program.write_text(PASS)
    program.chmod(stat.S_IRWXU)
    return {"PATH": f"{program.parent}:{sandbox.env['PATH']}"}


def test_encrypted_files_are_opened_with_their_passphrase(sandbox: Sandbox) -> None:
    """The name is the one inside; sessions and tokens beside them are passed over, and nothing is written."""
    path = files(sandbox, dev=entry("dev", DEV), **{"a%2Fb": entry("a/b", OPS)}, **dict.fromkeys(SESSIONS, "junk"))
    before = {file.name: file.read_bytes() for file in path.iterdir()}
    done = sandbox.run(*IMPORT, AWS_VAULT_FILE_PASSPHRASE=WORD)
    assert (done.returncode, done.stderr) == (0, "shellvault: reading aws-vault's encrypted files\n")
    assert (stored(sandbox, "dev"), stored(sandbox, "a/b")) == (DEV, OPS)
    assert "They are still in aws-vault's encrypted files; aws-vault remove NAME takes them out there.\n" in done.stdout
    assert {file.name: file.read_bytes() for file in path.iterdir()} == before


def test_a_later_layout_is_read_too(sandbox: Sandbox) -> None:
    """Its names are in base64, and the entry says its own; a folder of one's own may be named."""
    files(sandbox, folder="keys/_keyring_v1", ZGV2=entry("dev", DEV))
    assert sandbox.run(*IMPORT, AWS_VAULT_FILE_DIR="~/keys", AWS_VAULT_FILE_PASSPHRASE=WORD).returncode == 0
    assert stored(sandbox, "dev") == DEV


def test_the_passphrase_is_asked_for_and_not_shown(sandbox: Sandbox) -> None:
    """On the terminal, once for all files."""
    files(sandbox, dev=entry("dev", DEV), ops=entry("ops", OPS))
    with open_terminal(sandbox, [SHELLVAULT, *IMPORT, "dev"]) as terminal:
        terminal.expect(r"Passphrase of aws-vault's files in .*/.awsvault/keys/: ")
        terminal.type(WORD)
        assert terminal.wait_for_exit() == 0
        assert WORD not in terminal.output
    assert names(sandbox) == ["dev"]


def test_a_wrong_passphrase_is_told(sandbox: Sandbox) -> None:
    """Status 6; and where nobody may be asked, the same."""
    files(sandbox, dev=entry("dev", DEV))
    done = sandbox.run(*IMPORT, AWS_VAULT_FILE_PASSPHRASE=WORD.upper())
    assert (done.returncode, names(sandbox)) == (6, [])
    assert "error: that passphrase opens none of the files in" in done.stderr
    assert sandbox.run(*IMPORT, "--no-input").returncode == 6


def test_a_file_that_is_none_of_aws_vaults_is_passed_over(sandbox: Sandbox) -> None:
    """And so is one with another passphrase; both are named."""
    path = files(sandbox, dev=entry("dev", DEV))
    (path / "notes").write_text("hello")
    (path / "other").write_text(sealed(entry("other", OPS).encode(), "another"))
    done = sandbox.run(*IMPORT, AWS_VAULT_FILE_PASSPHRASE=WORD)
    assert (done.returncode, names(sandbox)) == (0, ["dev"])
    assert f"{path}/notes is no entry of aws-vault's" in done.stderr
    assert f"{path}/other has another passphrase" in done.stderr


def test_pass_entries_are_shown_by_pass(sandbox: Sandbox) -> None:
    """Under aws-vault's folder; its arguments hold the name alone, its stdin nothing, its environment none of ours."""
    found = entries(sandbox, "aws-vault", dev=entry("dev", DEV), ops=entry("ops", OPS), **{SESSIONS[0]: "junk"})
    done = sandbox.run(*IMPORT, stdin="not for pass\n", **found, SHELLVAULT_MFA_TOKEN=WORD)
    assert (done.returncode, done.stderr) == (0, "shellvault: reading aws-vault's pass entries\n")
    assert (stored(sandbox, "dev"), stored(sandbox, "ops")) == (DEV, OPS)
    assert (sandbox.home / "asked").read_text() == "show -- aws-vault/dev\nshow -- aws-vault/ops\n"
    environ = (sandbox.home / "pass-env").read_text()
    assert f"PASSWORD_STORE_DIR={sandbox.home}/.password-store\n" in environ
    assert "SHELLVAULT_PASSPHRASE" not in environ
    assert "SHELLVAULT_MFA_TOKEN" not in environ


def test_the_folder_in_pass_may_be_named(sandbox: Sandbox) -> None:
    """By aws-vault's own variable."""
    folder = "work/aws"
    found = entries(sandbox, folder, dev=entry("dev", DEV))
    assert sandbox.run(*IMPORT, **found, AWS_VAULT_PASS_PREFIX=folder).returncode == 0
    assert stored(sandbox, "dev") == DEV


def test_without_a_folder_only_profiles_and_named_entries_are_opened(sandbox: Sandbox) -> None:
    """The rest of a password store is nobody's business."""
    found = entries(sandbox, "", bank="secret", dev=entry("dev", DEV), ops=entry("ops", OPS))
    sandbox.configure("[profile dev]\n")
    assert sandbox.run(*IMPORT, **found).returncode == 4
    assert sandbox.run(*IMPORT, **found, AWS_VAULT_BACKEND="pass").returncode == 0
    assert names(sandbox) == ["dev"]
    assert sandbox.run(*IMPORT, "ops", **found, AWS_VAULT_BACKEND="pass").returncode == 0
    assert "bank" not in (sandbox.home / "asked").read_text()


def test_a_pass_that_fails_is_told(sandbox: Sandbox) -> None:
    """With the line to try by hand; and one that is not there."""
    found = entries(sandbox, "aws-vault", dev=entry("dev", DEV))
    (sandbox.home / "bin" / "pass").write_text("#!/bin/sh\nexit 2\n")
    done = sandbox.run(*IMPORT, **found)
    assert (done.returncode, names(sandbox)) == (5, [])
    assert (
        "error: pass did not show aws-vault/dev (exit status 2)\nhint: try it by hand: pass show aws-vault/dev"
        in done.stderr
    )
    assert sandbox.run(*IMPORT, AWS_VAULT_PASS_CMD=str(sandbox.home / "bin" / "gone")).returncode == 2


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", '{"Key": "dev", "Data": "?"}', entry("ops", OPS), entry("dev", DEV.replace(id=""))]
)
def test_an_entry_that_is_none_is_passed_over(sandbox: Sandbox, content: str) -> None:
    """Another entry's content under this name is none either."""
    found = entries(sandbox, "aws-vault", dev=content)
    done = sandbox.run(*IMPORT, **found)
    assert (done.returncode, names(sandbox)) == (4, [])
    assert "the pass entry aws-vault/dev holds no key pair of aws-vault's; it was passed over" in done.stderr


@pytest.mark.parametrize(
    ("words", "environ", "status", "error"),
    [
        ((), {}, 4, "no store of aws-vault's was found (secret-service, pass, file)"),
        (("--scrub", "-f"), {}, 2, "--scrub writes no other program's store; nothing was imported"),
        ((), {"AWS_VAULT_BACKEND": "keychain"}, 2, "aws-vault's backend 'keychain' cannot be read; these can: "),
        ((), {"AWS_VAULT_BACKEND": "file"}, 4, "there is no key pair in aws-vault's encrypted files"),
        ((), {"AWS_VAULT_BACKEND": "secret-service"}, 5, "no Secret Service answers: there is no D-Bus session bus"),
    ],
)
def test_a_store_that_cannot_be_read_is_told(
    sandbox: Sandbox, words: tuple[str, ...], environ: dict[str, str], status: int, error: str
) -> None:
    """With what to type."""
    done = sandbox.run(*IMPORT, *words, **environ)
    assert (done.returncode, names(sandbox)) == (status, [])
    assert f"error: {error}" in done.stderr
    assert "\nhint: " in done.stderr
