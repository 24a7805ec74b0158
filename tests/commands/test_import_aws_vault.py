"""`import --from aws-vault`: reads its encrypted files and `pass` entries, and never writes to them."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from tests.commands.plaintext import DEV, OPS, aws_vault_entry, list_stored_names, read_stored_key
from tests.commands.terminal import open_terminal
from tests.compat.seal_jwe import seal
from tests.sandbox import SHELLVAULT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sandbox import Sandbox

pytestmark = pytest.mark.usefixtures("cheap_vault")
PASSPHRASE = "open sesame"
IMPORT = ("import", "--from", "aws-vault")
SESSIONS = ("sts.GetSessionToken,ZGV2,,1700000000", "session,dev,,1700000000", "oidc:https:%2F%2Fx.awsapps.com%2Fstart")
PASS_PROGRAM = """#!/bin/sh
printf '%s\\n' "$*" >>"$HOME/asked"
env >"$HOME/pass-env"
read -r line && exit 9
cat "$PASSWORD_STORE_DIR/${3}.gpg"
"""
"""Replaces `pass`: records how it was called, and does not decrypt its entries."""


def write_encrypted_files(sandbox: Sandbox, *, folder: str = ".awsvault/keys", **keys: str) -> Path:
    """Write encrypted files, by name, and return their folder."""
    path = sandbox.home / folder
    path.mkdir(parents=True, exist_ok=True)
    for name, content in keys.items():
        (path / name).write_text(seal(content.encode(), PASSPHRASE))
    return path


def write_pass_entries(sandbox: Sandbox, folder: str, **keys: str) -> dict[str, str]:
    """Write entries of a password store, and a program that shows them; return the PATH to it."""
    top = sandbox.home / ".password-store"
    for name, content in keys.items():
        path = top / folder / f"{name}.gpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    program = sandbox.home / "bin" / "pass"
    program.parent.mkdir()
    program.write_text(PASS_PROGRAM)
    program.chmod(stat.S_IRWXU)
    return {"PATH": f"{program.parent}:{sandbox.env['PATH']}"}


def test_encrypted_files_are_imported(sandbox: Sandbox) -> None:
    """Under the names inside them; sessions and tokens are skipped, and no file is changed."""
    path = write_encrypted_files(
        sandbox,
        dev=aws_vault_entry("dev", DEV),
        **{"a%2Fb": aws_vault_entry("a/b", OPS)},
        **dict.fromkeys(SESSIONS, "junk"),
    )
    before = {file.name: file.read_bytes() for file in path.iterdir()}
    done = sandbox.run(*IMPORT, AWS_VAULT_FILE_PASSPHRASE=PASSPHRASE)
    assert (done.returncode, done.stderr) == (0, "shellvault: reading aws-vault's encrypted files\n")
    assert (read_stored_key(sandbox, "dev"), read_stored_key(sandbox, "a/b")) == (DEV, OPS)
    assert (
        "The originals are still in aws-vault's encrypted files. To delete them: aws-vault remove NAME\n" in done.stdout
    )
    assert {file.name: file.read_bytes() for file in path.iterdir()} == before


def test_a_later_layout_is_read(sandbox: Sandbox) -> None:
    """Its file names are base64, and entries contain their names; AWS_VAULT_FILE_DIR names the folder."""
    write_encrypted_files(sandbox, folder="keys/_keyring_v1", ZGV2=aws_vault_entry("dev", DEV))
    assert sandbox.run(*IMPORT, AWS_VAULT_FILE_DIR="~/keys", AWS_VAULT_FILE_PASSPHRASE=PASSPHRASE).returncode == 0
    assert read_stored_key(sandbox, "dev") == DEV


def test_the_passphrase_is_asked_for_once(sandbox: Sandbox) -> None:
    """On the terminal, without showing it, for all files."""
    write_encrypted_files(sandbox, dev=aws_vault_entry("dev", DEV), ops=aws_vault_entry("ops", OPS))
    with open_terminal(sandbox, [SHELLVAULT, *IMPORT, "dev"]) as terminal:
        terminal.expect(r"Passphrase of aws-vault's files in .*/.awsvault/keys: ")
        terminal.type(PASSPHRASE)
        assert terminal.wait_for_exit() == 0
        assert PASSPHRASE not in terminal.output
    assert list_stored_names(sandbox) == ["dev"]


def test_a_wrong_passphrase_is_an_error(sandbox: Sandbox) -> None:
    """Status 6, as without a passphrase where prompting is disabled."""
    write_encrypted_files(sandbox, dev=aws_vault_entry("dev", DEV))
    done = sandbox.run(*IMPORT, AWS_VAULT_FILE_PASSPHRASE=PASSPHRASE.upper())
    assert (done.returncode, list_stored_names(sandbox)) == (6, [])
    assert "error: wrong passphrase for the files in" in done.stderr
    assert sandbox.run(*IMPORT, "--no-input").returncode == 6


def test_other_files_are_skipped_with_a_notice(sandbox: Sandbox) -> None:
    """So is a file with another passphrase."""
    path = write_encrypted_files(sandbox, dev=aws_vault_entry("dev", DEV))
    (path / "notes").write_text("hello")
    (path / "other").write_text(seal(aws_vault_entry("other", OPS).encode(), "another"))
    done = sandbox.run(*IMPORT, AWS_VAULT_FILE_PASSPHRASE=PASSPHRASE)
    assert (done.returncode, list_stored_names(sandbox)) == (0, ["dev"])
    assert f"{path}/notes is not an aws-vault entry" in done.stderr
    assert f"{path}/other has another passphrase" in done.stderr


def test_pass_entries_are_imported(sandbox: Sandbox) -> None:
    """`pass` gets the entry's name as its argument, an empty stdin, and none of our secrets in its environment."""
    on_path = write_pass_entries(
        sandbox, "aws-vault", dev=aws_vault_entry("dev", DEV), ops=aws_vault_entry("ops", OPS), **{SESSIONS[0]: "junk"}
    )
    done = sandbox.run(*IMPORT, stdin="not for pass\n", **on_path, SHELLVAULT_MFA_TOKEN=PASSPHRASE)
    assert (done.returncode, done.stderr) == (0, "shellvault: reading aws-vault's pass entries\n")
    assert (read_stored_key(sandbox, "dev"), read_stored_key(sandbox, "ops")) == (DEV, OPS)
    assert (sandbox.home / "asked").read_text() == "show -- aws-vault/dev\nshow -- aws-vault/ops\n"
    environ = (sandbox.home / "pass-env").read_text()
    assert f"PASSWORD_STORE_DIR={sandbox.home}/.password-store\n" in environ
    assert "SHELLVAULT_PASSPHRASE" not in environ
    assert "SHELLVAULT_MFA_TOKEN" not in environ


def test_the_folder_in_the_password_store_may_be_named(sandbox: Sandbox) -> None:
    """With AWS_VAULT_PASS_PREFIX, as for aws-vault."""
    folder = "work/aws"
    on_path = write_pass_entries(sandbox, folder, dev=aws_vault_entry("dev", DEV))
    assert sandbox.run(*IMPORT, **on_path, AWS_VAULT_PASS_PREFIX=folder).returncode == 0
    assert read_stored_key(sandbox, "dev") == DEV


def test_without_a_folder_only_profiles_and_named_entries_are_opened(sandbox: Sandbox) -> None:
    """The other entries of the password store stay closed."""
    on_path = write_pass_entries(
        sandbox, "", bank="secret", dev=aws_vault_entry("dev", DEV), ops=aws_vault_entry("ops", OPS)
    )
    sandbox.configure("[profile dev]\n")
    assert sandbox.run(*IMPORT, **on_path).returncode == 4
    assert sandbox.run(*IMPORT, **on_path, AWS_VAULT_BACKEND="pass").returncode == 0
    assert list_stored_names(sandbox) == ["dev"]
    assert sandbox.run(*IMPORT, "ops", **on_path, AWS_VAULT_BACKEND="pass").returncode == 0
    assert "bank" not in (sandbox.home / "asked").read_text()


def test_a_failing_pass_is_an_error(sandbox: Sandbox) -> None:
    """The hint has the command to try; a missing program is an error, too."""
    on_path = write_pass_entries(sandbox, "aws-vault", dev=aws_vault_entry("dev", DEV))
    (sandbox.home / "bin" / "pass").write_text("#!/bin/sh\nexit 2\n")
    done = sandbox.run(*IMPORT, **on_path)
    assert (done.returncode, list_stored_names(sandbox)) == (5, [])
    assert (
        "error: pass did not show aws-vault/dev (exit status 2)\nhint: try it by hand: pass show aws-vault/dev"
        in done.stderr
    )
    assert sandbox.run(*IMPORT, AWS_VAULT_PASS_CMD=str(sandbox.home / "bin" / "gone")).returncode == 2


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{}",
        "[]",
        '{"Key": "dev", "Data": "?"}',
        aws_vault_entry("ops", OPS),
        aws_vault_entry("dev", DEV.replace(id="")),
    ],
)
def test_unusable_pass_entries_are_skipped_with_a_notice(sandbox: Sandbox, content: str) -> None:
    """Such as one that belongs to another name."""
    on_path = write_pass_entries(sandbox, "aws-vault", dev=content)
    done = sandbox.run(*IMPORT, **on_path)
    assert (done.returncode, list_stored_names(sandbox)) == (4, [])
    assert "the pass entry aws-vault/dev has no key pair of aws-vault's; it was skipped" in done.stderr


@pytest.mark.parametrize(
    ("words", "environ", "status", "error"),
    [
        ((), {}, 4, "no aws-vault store found (secret-service, pass, file)"),
        (("--scrub", "-f"), {}, 2, "--scrub does not change other programs' stores; nothing was imported"),
        ((), {"AWS_VAULT_BACKEND": "keychain"}, 2, "aws-vault's backend 'keychain' cannot be read; these can: "),
        ((), {"AWS_VAULT_BACKEND": "file"}, 4, "there is no key pair in aws-vault's encrypted files"),
        ((), {"AWS_VAULT_BACKEND": "secret-service"}, 5, "no Secret Service answers: there is no D-Bus session bus"),
    ],
)
def test_an_unreadable_store_is_an_error(
    sandbox: Sandbox, words: tuple[str, ...], environ: dict[str, str], status: int, error: str
) -> None:
    """The hint says what to do."""
    done = sandbox.run(*IMPORT, *words, **environ)
    assert (done.returncode, list_stored_names(sandbox)) == (status, [])
    assert f"error: {error}" in done.stderr
    assert "\nhint: " in done.stderr
