"""Secrets appear in no command line, message, file or kernel key name, and in only one write."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from shellvault.storage import keyctl
from tests.broker.secret_search import CommandLineSampler, collect_secrets, find_secrets, run_workday
from tests.sandbox import PASSPHRASE, SHELLVAULT

if TYPE_CHECKING:
    from tests.broker.conftest import MfaUser


def test_no_command_line_contains_a_secret(user: MfaUser) -> None:
    """/proc is sampled throughout a workday; the MFA program's own command line proves that sampling is fast enough."""
    with CommandLineSampler() as command_lines:
        workday = run_workday(user)
    seen = b"\n".join(command_lines.seen)
    assert user.prompter.command.encode() in seen, "sampling was too slow to catch the MFA program"
    assert find_secrets(seen, collect_secrets(user, workday)) == []


def test_no_message_contains_a_secret(user: MfaUser) -> None:
    """Covers notices, errors and --debug output of a workday that includes failures."""
    workday = run_workday(user)
    assert find_secrets(workday.output.encode(), collect_secrets(user, workday)) == []


def test_no_file_contains_a_secret(user: MfaUser) -> None:
    """Searched in plain, base64 and hex: the sealed vault holds ciphertext, and no other file holds any secret."""
    workday = run_workday(user)
    files = {path.relative_to(user.sandbox.home).as_posix(): path.read_bytes() for path in user.sandbox.files()}
    assert {".local/share/shellvault/vault.sealed", ".local/share/shellvault/log"} <= files.keys()
    hidden = collect_secrets(user, workday)
    assert {name: found for name, text in files.items() if (found := find_secrets(text, hidden))} == {}


def test_no_kernel_key_name_contains_a_secret(user: MfaUser) -> None:
    """Anyone who can list the keys can read their descriptions."""
    user.prompter.answer(user.device.next_code())
    assert user.sandbox.run("env", "admin", "--shell", "bash").returncode == 0
    names = "\n".join(_list_key_names())
    assert "session:" in names
    assert find_secrets(names.encode(), [*user.sandbox.aws.world.secrets(), PASSPHRASE]) == []


def test_session_is_written_only_to_stdout(user: MfaUser) -> None:
    """Of all that `env` writes to files and pipes while fetching a session, only the write to stdout holds secrets."""
    traced = ["strace", "-f", "-s", "9999", "-e", "trace=write,writev,pwrite64,pwritev", "-o", "trace"]
    done = user.sandbox.command([*traced, SHELLVAULT, "env", "reader", "--shell", "bash"])
    assert done.returncode == 0, done.stderr
    writes = (user.sandbox.home / "trace").read_bytes().splitlines()
    hidden = user.sandbox.aws.world.secrets()
    writers = [re.match(rb"\d+ +(\w+\(\d+)", line) for line in writes if find_secrets(line, hidden)]
    assert [match and match[1] for match in writers] == [b"write(1"]


def test_mfa_program_does_not_inherit_the_passphrase(user: MfaUser) -> None:
    """Child programs get neither the passphrase nor the path of its file."""
    assert user.sandbox.run("lock").returncode == 0
    user.prompter.answer(user.device.next_code())
    passphrase = {"SHELLVAULT_PASSPHRASE": PASSPHRASE, "SHELLVAULT_PASSPHRASE_FILE": ""}
    assert user.sandbox.run("env", "admin", "--shell", "bash", **passphrase).returncode == 0
    inherited = user.prompter.environment
    assert f"HOME={user.sandbox.home}" in inherited
    assert "SHELLVAULT_PASSPHRASE" not in inherited
    assert find_secrets(inherited.encode(), [*user.sandbox.aws.world.secrets(), PASSPHRASE]) == []


def _list_key_names() -> list[str]:
    names = []
    for key_id in keyctl.keys_in(keyctl.USER_RING):
        try:
            names.append(keyctl.describe(key_id))
        except OSError:  # expired, but not yet collected by the kernel
            continue
    return names
