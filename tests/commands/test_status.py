"""`status`: what this shell holds, what would win over it, and what is out of date."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING

import pytest

from tests.commands.people import with_role
from tests.sandbox import exported

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

ID, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


@pytest.fixture
def lived_in(sandbox: Sandbox) -> Sandbox:
    """Return a sandbox with a role `reader` over the key pair `base`."""
    with_role(sandbox)
    return sandbox


def inside(sandbox: Sandbox, *words: str) -> dict[str, str]:
    """Return what a shell's environment has in it after `env` with these words."""
    done = sandbox.shell("bash", f'eval "$(shellvault env {" ".join(words)})" && env -0')
    assert done.returncode == 0, done.stderr
    return {name: value for name, value in exported(done.stdout).items() if name.startswith(("AWS", "SHELLVAULT"))}


def notes(sandbox: Sandbox, **environ: str) -> list[str]:
    """Return what `status` finds wrong."""
    done = sandbox.run("status", "--json", **environ)
    assert (done.returncode, done.stderr) == (0, "")
    findings: list[str] = json.loads(done.stdout)["findings"]
    return findings


def test_a_shell_with_nothing_in_it(sandbox: Sandbox) -> None:
    """No profile, no session, and a vault that is empty as yet."""
    done = sandbox.run("status")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "profile    none: there is no session of shellvault's in this shell\nvault      sealed, empty as yet\n"
    )


def test_a_shell_with_a_session_in_it(lived_in: Sandbox) -> None:
    """Profile, time left, the end of the key id, how long the vault stays unlocked; nothing is wrong."""
    shell = inside(lived_in, "reader")
    done = lived_in.run("status", **shell)
    last4 = shell["AWS_ACCESS_KEY_ID"][-4:]
    assert re.fullmatch(
        rf"profile    reader\ntime left  (1h0m|59m\d+s)\nkey id     …{last4}\n"
        r"vault      sealed, unlocked for (1h0m|\d+m\d+s)\n",
        done.stdout,
    ), done.stdout
    assert shell["AWS_SECRET_ACCESS_KEY"] not in done.stdout


def test_json_has_the_same_for_programs(lived_in: Sandbox) -> None:
    """Times in epoch seconds, and null for what is not there."""
    document = json.loads(lived_in.run("status", "--json", **inside(lived_in, "reader")).stdout)
    assert list(document) == ["profile", "expires_at", "access_key_id", "vault", "findings"]
    assert time.time() < document["expires_at"] <= time.time() + 3601
    assert (document["profile"], document["findings"]) == ("reader", [])
    assert json.loads(lived_in.run("status", "--json").stdout)["profile"] is None


@pytest.mark.parametrize(
    "name", ["AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SECURITY_TOKEN", "AWS_CONTAINER_CREDENTIALS_FULL_URI"]
)
def test_what_would_win_over_the_session_is_named(lived_in: Sandbox, name: str) -> None:
    """With the line that mends it."""
    found = notes(lived_in, **inside(lived_in, "reader"), **{name: "other"})
    assert found == [f'{name} is set and may win over the session: eval "$(shellvault env reader)"']


def test_credentials_of_something_else_are_named(lived_in: Sandbox) -> None:
    """Where shellvault has put nothing in, and others have."""
    (found,) = notes(lived_in, AWS_ACCESS_KEY_ID=ID)
    assert found.startswith("AWS_ACCESS_KEY_ID was set by something else")


def test_an_expired_session_says_how_to_renew_it(lived_in: Sandbox) -> None:
    """It stays in the shell; the time left says expired."""
    shell = inside(lived_in, "reader") | {"SHELLVAULT_EXPIRES_AT": str(int(time.time()) - 5)}
    assert notes(lived_in, **shell) == ['the session has expired: eval "$(shellvault env reader)"']
    assert "\ntime left  expired\n" in lived_in.run("status", **shell).stdout


def test_credentials_that_were_changed_by_hand_are_noticed(lived_in: Sandbox) -> None:
    """They are not the session's any more."""
    shell = inside(lived_in, "reader") | {"AWS_ACCESS_KEY_ID": ID}
    assert notes(lived_in, **shell) == ['the credentials were changed since: eval "$(shellvault env reader)"']


CHANGED = 'the config, the key, the cache or the options are not those of then: eval "$(shellvault env reader)"'


def test_an_edited_role_is_noticed(lived_in: Sandbox) -> None:
    """The session in the shell is of the role before."""
    shell = inside(lived_in, "reader")
    lived_in.config.write_text(lived_in.config.read_text().replace("role/reader", "role/writer"))
    assert notes(lived_in, **shell) == [CHANGED]


def test_a_replaced_key_pair_is_noticed(lived_in: Sandbox) -> None:
    """The session in the shell was made from the one before."""
    shell = inside(lived_in, "reader")
    lived_in.add("base", lived_in.aws.world.user("alice").access_key())
    assert notes(lived_in, **shell) == [CHANGED]


def test_a_newer_session_is_noticed(lived_in: Sandbox) -> None:
    """Another shell has renewed it."""
    shell = inside(lived_in, "reader")
    lived_in.run("clear")
    time.sleep(1.1)  # sessions are told apart by the second of their end
    inside(lived_in, "reader")
    assert notes(lived_in, **shell) == ['a newer session is there: eval "$(shellvault env reader)"']


def test_a_profile_that_is_gone_is_noticed(lived_in: Sandbox) -> None:
    """With the reason; and status itself succeeds."""
    shell = inside(lived_in, "reader")
    lived_in.config.write_text("")
    (found,) = notes(lived_in, **shell)
    assert found.startswith("there is no profile 'reader', and no key pair stored under that name; the session in this")


def test_a_key_pair_in_the_shell_itself_is_fine_until_it_is_replaced(lived_in: Sandbox) -> None:
    """`env --no-session` is no mistake."""
    shell = inside(lived_in, "base", "--no-session")
    assert notes(lived_in, **shell) == []
    lived_in.add("base", lived_in.aws.world.user("alice").access_key())
    assert notes(lived_in, **shell) == ['the key pair was replaced: eval "$(shellvault env base)"']


def test_a_locked_vault_is_told_without_opening_it(lived_in: Sandbox) -> None:
    """`status` asks for no passphrase."""
    shell = inside(lived_in, "reader") | {"SHELLVAULT_PASSPHRASE_FILE": ""}
    lived_in.run("lock")
    done = lived_in.run("status", "--no-input", **shell)
    assert done.returncode == 0
    assert "\nvault      sealed, locked\n" in done.stdout


@pytest.mark.parametrize("garbage", ["", "soon", "-1", "1e9", "9" * 400, "9" * 5000, "²", "1 2", "\x1b[2J"])
def test_garbage_in_its_variables_is_no_error(lived_in: Sandbox, garbage: str) -> None:
    """Whatever stands in SHELLVAULT_EXPIRES_AT and SHELLVAULT_RESTORE."""
    done = lived_in.run(
        "status", SHELLVAULT_PROFILE="reader", SHELLVAULT_EXPIRES_AT=garbage, SHELLVAULT_RESTORE=garbage
    )
    assert (done.returncode, done.stderr) == (0, "")
