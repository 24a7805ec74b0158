"""No secret in command lines, in what is said, in files, in the names of kernel keys, or in any write but the one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from shellvault.storage import keyctl
from tests.broker.secrets import CommandLines, live, secrets, shown
from tests.sandbox import PASSPHRASE, SHELLVAULT

if TYPE_CHECKING:
    from tests.broker.conftest import Person


def test_no_command_line_holds_a_secret(person: Person) -> None:
    """Sampled from /proc without pause during a whole life; the MFA program's own command line was among them."""
    with CommandLines() as command_lines:
        life = live(person)
    seen = b"\n".join(command_lines.seen)
    assert person.questions.command.encode() in seen, "the sampling was too slow to see anything"
    assert shown(seen, secrets(person, life)) == []


def test_nothing_said_holds_a_secret(person: Person) -> None:
    """Neither notices nor errors nor --debug, in a life with failures in it."""
    life = live(person)
    assert shown(life.said.encode(), secrets(person, life)) == []


def test_no_file_holds_a_secret(person: Person) -> None:
    """Not as it is, not in base64, not in hex: the sealed vault holds ciphertext, and no other file holds any of it."""
    life = live(person)
    files = {path.relative_to(person.sandbox.home).as_posix(): path.read_bytes() for path in person.sandbox.files()}
    assert ".local/share/shellvault/vault.sealed" in files
    hidden = secrets(person, life)
    assert {name: found for name, text in files.items() if (found := shown(text, hidden))} == {}


def test_no_kernel_keys_name_holds_a_secret(person: Person) -> None:
    """Descriptions are read by anyone who lists the keys."""
    person.questions.give(person.device.next_code())
    assert person.sandbox.run("env", "admin", "--shell", "bash").returncode == 0
    names = "\n".join(_names())
    assert "session:" in names
    assert shown(names.encode(), [*person.sandbox.aws.world.secrets(), PASSPHRASE]) == []


def test_one_write_alone_holds_the_session(person: Person) -> None:
    """Of all that `env` writes while it mints, to files and pipes, secrets are in the one write to stdout."""
    traced = ["strace", "-f", "-s", "9999", "-e", "trace=write,writev,pwrite64,pwritev", "-o", "trace"]
    done = person.sandbox.command([*traced, SHELLVAULT, "env", "reader", "--shell", "bash"])
    assert done.returncode == 0, done.stderr
    writes = (person.sandbox.home / "trace").read_bytes().splitlines()
    hidden = person.sandbox.aws.world.secrets()
    telling = [re.match(rb"\d+ +(\w+\(\d+)", line) for line in writes if shown(line, hidden)]
    assert [match and match[1] for match in telling] == [b"write(1"]


def test_what_the_mfa_program_inherits_holds_no_passphrase(person: Person) -> None:
    """A program that shellvault starts gets neither the passphrase nor the name of its file."""
    assert person.sandbox.run("lock").returncode == 0
    person.questions.give(person.device.next_code())
    passphrase = {"SHELLVAULT_PASSPHRASE": PASSPHRASE, "SHELLVAULT_PASSPHRASE_FILE": ""}
    assert person.sandbox.run("env", "admin", "--shell", "bash", **passphrase).returncode == 0
    inherited = person.questions.environment
    assert f"HOME={person.sandbox.home}" in inherited
    assert "SHELLVAULT_PASSPHRASE" not in inherited
    assert shown(inherited.encode(), [*person.sandbox.aws.world.secrets(), PASSPHRASE]) == []


def _names() -> list[str]:
    names = []
    for key_id in keyctl.keys_in(keyctl.USER_RING):
        try:
            names.append(keyctl.describe(key_id))
        except OSError:  # expired, and waiting for the kernel to sweep it up
            continue
    return names
