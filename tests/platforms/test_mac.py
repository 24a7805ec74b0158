"""On a machine like macOS, everyday commands work as they do on Linux."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.hook.configured_shell import read_prompt_after, start_configured_shell
from tests.hook.live_shell import HOOKS
from tests.hook.test_prompt_command import emulate_version
from tests.platforms import SYNCS
from tests.platforms.mac import Mac
from tests.shells.shell_versions import Version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sandbox import Sandbox

POSIX = 'eval "$(shellvault env reader)"; printf "%s %s\\n" "$?" "$SHELLVAULT_PROFILE"'
LINES = {"bash": POSIX, "zsh": POSIX, "fish": 'shellvault env reader | source; echo $status "$SHELLVAULT_PROFILE"'}
BOTO3 = "import boto3; print(boto3.client('sts', 'eu-west-1').get_caller_identity()['Arn'])"


@pytest.fixture
def mac(sandbox: Sandbox) -> Iterator[Mac]:
    """Return a machine with the profile `reader`, whose agent is stopped at the end."""
    # The agent may still be leaving: it answers nobody any more, but its process may not have ended.
    with tempfile.TemporaryDirectory(prefix="shellvault-", ignore_cleanup_errors=True) as folder:
        found = Mac(sandbox, Path(folder))
        key, role = sandbox.aws.world.user("alice").access_key(), sandbox.aws.world.role("reader")
        more = f"source_profile = base\nregion = eu-west-1\nrole_arn = {role.arn}\n"
        sandbox.configure(f"[profile reader]\n{more}")
        sandbox.env[SYNCS] = str(found.synced)
        given = {"AWS_ACCESS_KEY_ID": key.id, "AWS_SECRET_ACCESS_KEY": key.secret}
        done = found.run("shellvault add base --env", **given)
        assert done.returncode == 0, done.stderr
        yield found
        found.run("shellvault agent stop --force")


def test_keys_are_below_library(mac: Mac) -> None:
    """In platformdirs' folder, and on the disk itself, not only in its cache."""
    assert (mac.data / "vault.sealed").is_file()
    assert mac.synced.read_text()
    assert not (mac.sandbox.home / ".local" / "share" / "shellvault" / "vault.sealed").exists()
    assert mac.run("shellvault list --credentials").stdout == "base\n"


def test_each_shell_is_recognized_by_ps(mac: Mac) -> None:
    """It gets the statements that it can read."""
    told = {shell: mac.run(line, shell) for shell, line in LINES.items()}
    assert {shell: done.stdout for shell, done in told.items()} == dict.fromkeys(LINES, "0 reader\n"), told


def test_the_agent_keeps_sessions(mac: Mac) -> None:
    """It knows its clients by LOCAL_PEERCRED; there is no kernel keyring that could keep them."""
    assert mac.run("shellvault agent start").returncode == 0
    for _ in range(3):
        done = mac.run(POSIX)
        assert done.stdout == "0 reader\n", done.stderr
    assert mac.sandbox.aws.world.count("AssumeRole") == 1
    told = mac.run("shellvault agent").stdout
    assert "keeps      sessions in its own memory" in told
    assert "MiB" not in told  # which nothing there tells


def test_the_endpoint_serves_a_program(mac: Mac) -> None:
    """boto3, which asks for credentials itself."""
    done = mac.run(f'shellvault exec --server reader -- python -c "{BOTO3}"')
    assert ":assumed-role/reader/" in done.stdout, done.stderr


def test_doctor_finds_no_failure(mac: Mac) -> None:
    """It says what there is in place of the kernel keyring."""
    done = mac.run("shellvault doctor; echo status $?")
    assert done.stdout.endswith("status 0\n"), done.stderr
    assert "this system has no kernel keyring" in done.stdout


def test_the_hook_of_bash_3_2_renews(mac: Mac, tmp_path: Path) -> None:
    """As macOS's own bash would: nothing runs before a command, so the prompt waits for what has expired."""
    hook = tmp_path / "hook.bash"
    hook.write_text(emulate_version((HOOKS / "shellvault.bash").read_text(), (3, 2)))
    version = Version("bash", "3.2", tuple(mac.start("bash", "--norc", "--noprofile")))
    mac.sandbox.aws.world.session_life = 8
    with start_configured_shell(mac.sandbox, version, NO_COLOR="1") as shell:
        assert shell.run(f"source '{hook}'") == ""
        shell.use("reader")
        assert read_prompt_after(shell, ":").startswith("[reader ")
        first = shell.get_expiry()
        assert shell.wait_for_session_after(first) > first
