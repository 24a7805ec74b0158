"""Something is wrong with the home: read-only, without locks, without its index, or with a full kernel keyring."""

from __future__ import annotations

import errno
import json
import os
import secrets
import shlex
from typing import TYPE_CHECKING

import pytest

from shellvault.storage.kernel_keyring import FULL
from tests.commands.role_profiles import add_role
from tests.sandbox import SHELLVAULT
from tests.storage.child_processes import forbid_locks, in_child

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

ENV = ("env", "reader", "--shell", "bash")
ROLES = 36


def test_a_read_only_home_still_gives_sessions(sandbox: Sandbox) -> None:
    """They are cached in the kernel, so the second command makes no call; what cannot be written is told each time."""
    add_role(sandbox)
    home = shlex.quote(str(sandbox.home))
    read_only = f"mount --bind {home} {home} && mount -o remount,ro,bind {home} && exec "
    command = ["unshare", "--mount", "sh", "-c", read_only + shlex.join([SHELLVAULT, *ENV])]
    done = sandbox.command(command)
    assert done.returncode == 0, done.stderr
    assert "Read-only file system; going on without a lock" in done.stderr
    again = sandbox.command(command)
    told = "shellvault: the log cannot be written: Read-only file system; SHELLVAULT_LOG=off turns it off\n"
    assert (again.returncode, again.stdout == done.stdout, again.stderr) == (0, True, told)
    sandbox.env["SHELLVAULT_LOG"] = "off"
    assert sandbox.command(command).stderr == ""
    assert sandbox.aws.world.count("AssumeRole") == 1


@pytest.mark.parametrize("problem", [errno.EOPNOTSUPP, errno.ENOLCK, errno.EIO])
def test_a_home_without_locks_gives_sessions_and_stores_key_pairs(sandbox: Sandbox, problem: int) -> None:
    """Each command says that it goes on without a lock."""
    add_role(sandbox)
    key = sandbox.aws.world.user("bob").access_key()
    key_pair = {"AWS_ACCESS_KEY_ID": key.id, "AWS_SECRET_ACCESS_KEY": key.secret}

    def child() -> list[tuple[int, str]]:
        forbid_locks(problem)
        commands = [sandbox.run(*ENV), sandbox.run("add", "spare", "--env", **key_pair)]
        return [(done.returncode, done.stderr) for done in commands]

    for status, told in in_child(child):
        assert status == 0, told
        assert f"{os.strerror(problem)}; going on without a lock" in told
    assert sandbox.run("list", "--credentials").stdout == "base\nspare\n"


def test_a_lost_index_can_be_restored_from_its_copy(sandbox: Sandbox) -> None:
    """Commands work in the meantime, and each one says what to type."""
    add_role(sandbox)
    (sandbox.vault / "index").unlink()
    done = sandbox.run(*ENV)
    assert done.returncode == 0, done.stderr
    fix = f"cp {sandbox.vault}/index.old {sandbox.vault}/index"
    problem = f"the index of key pairs is missing: {sandbox.vault}/index; its copy is used"
    assert f"{problem}; to restore it: {fix}" in done.stderr
    assert f"{problem}: {fix}" in sandbox.run("status").stdout
    assert not (sandbox.vault / "index").exists()  # reading never writes
    sandbox.command(["sh", "-c", fix])
    assert sandbox.run(*ENV).stderr == ""


@pytest.mark.parametrize("left", [None, "", "sealed 0123", f"sealed {'0' * 32} GONE gone\n"])
def test_an_index_without_a_copy_is_rebuilt_from_the_sealed_vault(sandbox: Sandbox, left: str | None) -> None:
    """No command claims that a stored key pair is missing, and this vault stays the selected one."""
    add_role(sandbox)
    before = (sandbox.vault / "index").read_text()
    for name in ("index", "index.old"):
        (sandbox.vault / name).unlink()
        if left is not None:
            (sandbox.vault / name).write_text(left)
    problem = "missing" if left is None else "damaged"
    status = json.loads(sandbox.run("status", "--json", SHELLVAULT_BACKEND="auto").stdout)
    assert (status["vault"].startswith("sealed"), f"the index of key pairs is {problem}" in str(status)) == (True, True)
    doctor = sandbox.run("doctor")
    assert (doctor.returncode, f"fail  the index of key pairs is {problem}" in doctor.stdout) == (5, True)
    spoiled = sandbox.run("list", "--credentials", SHELLVAULT_BACKEND="auto")
    assert (spoiled.returncode, spoiled.stdout) == (0, "base\n"), spoiled.stderr
    assert (sandbox.vault / "index").read_text() == before
    assert sandbox.run("list").stderr == ""


@pytest.mark.parametrize("command", ["add", "remove"])
def test_a_change_without_an_index_keeps_the_sealed_vaults_names(sandbox: Sandbox, command: str) -> None:
    """The new index has all names from the vault, and not just the one that was changed."""
    users = [sandbox.aws.world.user(name) for name in ("alice", "bob")]
    for name, user in zip(("dev", "ops"), users, strict=True):
        sandbox.add(name, user.access_key())
    for file in ("index", "index.old"):
        (sandbox.vault / file).unlink()
    key = users[0].access_key()
    key_pair = {"AWS_ACCESS_KEY_ID": key.id, "AWS_SECRET_ACCESS_KEY": key.secret}
    words = ("add", "new", "--env") if command == "add" else ("remove", "dev", "--force")
    done = sandbox.run(*words, **key_pair)
    assert done.returncode == 0, done.stderr
    left = ["dev", "new", "ops"] if command == "add" else ["ops"]
    assert sorted(sandbox.run("list", "--credentials").stdout.split()) == left


def test_a_vault_lost_with_its_index_is_not_taken_for_empty(sandbox: Sandbox) -> None:
    """The version before the last change is still there, and the hint restores it."""
    add_role(sandbox)
    sandbox.add("spare", sandbox.aws.world.user("bob").access_key())
    for file in ("index", "index.old", "vault.sealed"):
        (sandbox.vault / file).unlink()
    done = sandbox.run(*ENV)
    assert (done.returncode, "error: the sealed vault is gone: " in done.stderr) == (5, True), done.stderr
    sandbox.command(["sh", "-c", done.stderr.rpartition("before the last change: ")[2]])
    assert sandbox.run(*ENV).returncode == 0


def test_a_locked_vault_without_an_index_is_not_taken_for_empty(sandbox: Sandbox) -> None:
    """The command exits with status 5. Once the vault can be opened, its names are read again."""
    add_role(sandbox)
    sandbox.run("lock")
    for name in ("index", "index.old"):
        (sandbox.vault / name).unlink()
    done = sandbox.run(*ENV, "--no-input", SHELLVAULT_PASSPHRASE_FILE="")
    assert (done.returncode, "the sealed vault is locked" in done.stderr) == (5, True), done.stderr
    assert sandbox.run(*ENV).returncode == 0


def test_a_damaged_index_of_a_keyring_is_an_error_until_the_next_add(sandbox: Sandbox) -> None:
    """A keyring cannot list its names, and no vault is selected silently: `add` must name one."""
    sandbox.vault.mkdir(parents=True)
    for name in ("index", "index.old"):
        (sandbox.vault / name).write_text("secret-service 0123")
    key = {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "x" * 40}
    auto = {"SHELLVAULT_BACKEND": "auto"}
    for done in (sandbox.run("list", **auto), sandbox.run("add", "dev", "--env", **key, **auto)):
        assert (done.returncode, "the index of key pairs is damaged" in done.stderr) == (5, True), done.stderr
        assert "shellvault add NAME --backend VAULT" in done.stderr
    assert sandbox.run("add", "dev", "--env", "--backend", "sealed", **key).returncode == 0
    assert sandbox.run("list", "--credentials", **auto).stdout == "dev\n"


def test_a_user_with_many_sessions_is_told_once_and_keeps_new_ones(sandbox: Sandbox) -> None:
    """All commands succeed for an unused user ID, which has the same quota as every user except root."""
    user = secrets.randbelow(1 << 30) + 100_000
    as_user = [
        *("setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"),
        *("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"),  # since Python may be in root's home
        SHELLVAULT,
    ]
    for path in (sandbox.home, sandbox.home.parent / "passphrase"):
        os.chown(path, user, user)
    sandbox.aws.world.token_length = 900
    key = sandbox.aws.world.user("alice").access_key()
    for number in range(ROLES):
        arn = sandbox.aws.world.role(f"r{number}").arn
        sandbox.configure(f"[profile r{number}]\nrole_arn = {arn}\nsource_profile = base\n")
    stored = {"AWS_ACCESS_KEY_ID": key.id, "AWS_SECRET_ACCESS_KEY": key.secret}
    assert sandbox.command([*as_user, "add", "base", "--env", "--no-config"], **stored).returncode == 0
    told = []
    for number in range(ROLES):
        done = sandbox.command([*as_user, "env", f"r{number}", "--shell", "bash"])
        assert done.returncode == 0, done.stderr
        told += [line for line in done.stderr.splitlines() if FULL in line]
    assert len(told) == 1
    assert sandbox.command([*as_user, "env", f"r{ROLES - 1}", "--shell", "bash"]).returncode == 0
    assert sandbox.aws.world.count("AssumeRole") == ROLES
    assert len(sandbox.command([*as_user, "list", "--sessions"]).stdout.splitlines()) >= 16
