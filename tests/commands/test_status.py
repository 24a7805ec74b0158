"""`status`: what this shell holds, what would override it, and what is out of date."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.commands.role_profiles import add_role
from tests.sandbox import parse_environment

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

ID, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


@pytest.fixture
def used_sandbox(sandbox: Sandbox) -> Sandbox:
    """Return a sandbox with a role `reader` assumed with the key pair `base`."""
    add_role(sandbox)
    return sandbox


def enter(sandbox: Sandbox, *words: str) -> dict[str, str]:
    """Return the AWS and shellvault variables of a shell after `env` with these words."""
    done = sandbox.shell("bash", f'eval "$(shellvault env {" ".join(words)})" && env -0')
    assert done.returncode == 0, done.stderr
    return {
        name: value for name, value in parse_environment(done.stdout).items() if name.startswith(("AWS", "SHELLVAULT"))
    }


def list_findings(sandbox: Sandbox, **environ: str) -> list[str]:
    """Return the findings of `status`."""
    done = sandbox.run("status", "--json", **environ)
    assert (done.returncode, done.stderr) == (0, "")
    findings: list[str] = json.loads(done.stdout)["findings"]
    return findings


def test_status_of_an_untouched_shell(sandbox: Sandbox) -> None:
    """No profile, no session, and an empty vault."""
    done = sandbox.run("status")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == ("profile    none (no shellvault session in this shell)\nvault      sealed, still empty\n")


def test_status_of_a_shell_with_a_session(used_sandbox: Sandbox) -> None:
    """Profile, account, role, region, time left, the end of the key ID, and how long the vault stays unlocked."""
    used_sandbox.configure("region = eu-west-1\n")
    shell = enter(used_sandbox, "reader")
    done = used_sandbox.run("status", **shell)
    last4 = shell["AWS_ACCESS_KEY_ID"][-4:]
    assert re.fullmatch(
        rf"profile    reader\naccount    {shell['AWS_ACCOUNT_ID']}\nrole       reader\nregion     eu-west-1\n"
        rf"time left  (1h0m|59m\d+s)\nkey id     …{last4}\n"
        r"vault      sealed, unlocked; locks in (1h0m|\d+m\d+s) if unused\n",
        done.stdout,
    ), done.stdout
    assert shell["AWS_SECRET_ACCESS_KEY"] not in done.stdout


def test_json_has_the_same_information(used_sandbox: Sandbox) -> None:
    """Absent values are null."""
    shell = enter(used_sandbox, "reader", "--region", "eu-west-2")
    document = json.loads(used_sandbox.run("status", "--json", **shell).stdout)
    expires_at = datetime.fromtimestamp(int(shell["SHELLVAULT_EXPIRES_AT"]), UTC)
    assert document.pop("vault").startswith("sealed, unlocked; ")
    assert document == {
        "profile": "reader",
        "credentials": None,
        "account": shell["AWS_ACCOUNT_ID"],
        "role": "reader",
        "region": "eu-west-2",
        "source": "base",
        "scope": None,
        "expires_at": f"{expires_at:%Y-%m-%dT%H:%M:%SZ}",
        "key_age_days": None,
        "shadowed_by": None,
        "agent": None,
        "access_key_id": f"…{shell['AWS_ACCESS_KEY_ID'][-4:]}",
        "findings": [],
    }
    empty = json.loads(used_sandbox.run("status", "--json", AWS_REGION="eu-west-2").stdout)
    assert empty == {**dict.fromkeys(document), "vault": empty["vault"], "findings": []}


def test_account_of_a_key_pair_comes_from_the_shell_or_its_mfa_device(used_sandbox: Sandbox) -> None:
    """A session that is called `account/role` says both itself; without ours in the shell, nothing is told."""
    serial = "arn:aws:iam::444455556666:mfa/alice"
    used_sandbox.config.write_text(f"[profile base]\nmfa_serial = {serial}\nregion = eu-west-1\n")
    shell = enter(used_sandbox, "base", "--no-session")
    for environ, expected in (
        (shell, ("base", "base", "444455556666", None, "eu-west-1", "key pair")),
        ({**shell, "AWS_ACCOUNT_ID": "777788889999"}, ("base", "base", "777788889999", None, "eu-west-1", "key pair")),
        ({**shell, "AWS_ACCOUNT_ID": "x"}, ("base", "base", "444455556666", None, "eu-west-1", "key pair")),
        (
            {**shell, "SHELLVAULT_PROFILE": "123456789012/Admin", "AWS_VAULT": "123456789012/Admin"},
            ("123456789012/Admin", None, "123456789012", "Admin", "eu-west-1", None),
        ),
        ({**shell, "AWS_ACCESS_KEY_ID": ID, "AWS_ACCOUNT_ID": "777788889999"}, (None,) * 6),
    ):
        document = json.loads(used_sandbox.run("status", "--json", **environ).stdout)
        assert tuple(document.values())[:6] == expected


@pytest.mark.parametrize(
    "name", ["AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SECURITY_TOKEN", "AWS_CONTAINER_CREDENTIALS_FULL_URI"]
)
def test_overriding_variables_are_reported(used_sandbox: Sandbox, name: str) -> None:
    """With the command that fixes it."""
    shell = {**enter(used_sandbox, "reader"), name: "other"}
    document = json.loads(used_sandbox.run("status", "--json", **shell).stdout)
    found = f'{name} is set and may override the session: eval "$(shellvault env reader)"'
    assert (document["shadowed_by"], document["findings"]) == ([name], [found])


def test_foreign_credentials_are_reported(used_sandbox: Sandbox) -> None:
    """Set by something else, in a shell without a session."""
    (found,) = list_findings(used_sandbox, AWS_ACCESS_KEY_ID=ID)
    assert found.startswith("AWS_ACCESS_KEY_ID was not set by shellvault")


def test_expired_session_is_reported_with_the_refresh_command(used_sandbox: Sandbox) -> None:
    """It stays in the shell, marked as expired."""
    shell = enter(used_sandbox, "reader") | {"SHELLVAULT_EXPIRES_AT": str(int(time.time()) - 5)}
    assert list_findings(used_sandbox, **shell) == ['the session has expired: eval "$(shellvault env reader)"']
    assert "\ntime left  expired\n" in used_sandbox.run("status", **shell).stdout


def test_manually_changed_credentials_are_reported(used_sandbox: Sandbox) -> None:
    """They no longer belong to the session."""
    shell = enter(used_sandbox, "reader") | {"AWS_ACCESS_KEY_ID": ID}
    assert list_findings(used_sandbox, **shell) == [
        'the credentials in this shell have changed since shellvault set them: eval "$(shellvault env reader)"'
    ]


CHANGED = 'the config file, key pair, cache or options have changed since: eval "$(shellvault env reader)"'


def test_edited_role_is_reported(used_sandbox: Sandbox) -> None:
    """The shell's session is of the previous role."""
    shell = enter(used_sandbox, "reader")
    used_sandbox.config.write_text(used_sandbox.config.read_text().replace("role/reader", "role/writer"))
    assert list_findings(used_sandbox, **shell) == [CHANGED]


def test_replaced_key_pair_is_reported(used_sandbox: Sandbox) -> None:
    """The shell's session was fetched with the previous key pair."""
    shell = enter(used_sandbox, "reader")
    used_sandbox.add("base", used_sandbox.aws.world.user("alice").access_key())
    assert list_findings(used_sandbox, **shell) == [CHANGED]


def test_newer_session_is_reported(used_sandbox: Sandbox) -> None:
    """Another shell has refreshed it."""
    shell = enter(used_sandbox, "reader")
    used_sandbox.run("clear")
    time.sleep(1.1)  # sessions are distinguished by their expiry, in seconds
    enter(used_sandbox, "reader")
    assert list_findings(used_sandbox, **shell) == ['there is a newer session: eval "$(shellvault env reader)"']


@pytest.mark.parametrize("options", [("--read-only",), ("--policy-arn", "arn:aws:iam::aws:policy/ReadOnlyAccess")])
def test_what_a_narrowed_shell_is_told_to_type_keeps_it_narrow(used_sandbox: Sandbox, options: tuple[str, ...]) -> None:
    """Renewing does so by itself; where the credentials were changed, the line says it."""
    shell = enter(used_sandbox, "reader", *options)
    expired = {**shell, "SHELLVAULT_EXPIRES_AT": str(int(time.time()) - 5)}
    assert list_findings(used_sandbox, **expired) == ['the session has expired: eval "$(shellvault env --refresh)"']
    used_sandbox.run("clear")
    assert '"$(shellvault env --refresh)"' in list_findings(used_sandbox, **shell)[0]
    changed = {**shell, "AWS_ACCESS_KEY_ID": ID}
    line = f'eval "$(shellvault env reader {" ".join(options)})"'
    assert list_findings(used_sandbox, **changed)[0].endswith(line)
    assert used_sandbox.run("env", "--refresh", **changed).stderr.endswith(
        f"shellvault env reader {' '.join(options)}\n"
    )


def test_missing_profile_is_reported(used_sandbox: Sandbox) -> None:
    """With the reason, and `status` itself succeeds."""
    shell = enter(used_sandbox, "reader")
    for text, expected in (("", "no profile or key pair is named 'reader'; the session in this"), ("[broken", "")):
        used_sandbox.config.write_text(text)
        (found,) = list_findings(used_sandbox, **shell)
        assert found.startswith(expected)


def test_bare_key_pair_is_fine_until_it_is_replaced(used_sandbox: Sandbox) -> None:
    """Using `env --no-session` is not a mistake."""
    shell = enter(used_sandbox, "base", "--no-session")
    assert list_findings(used_sandbox, **shell) == []
    used_sandbox.add("base", used_sandbox.aws.world.user("alice").access_key())
    assert list_findings(used_sandbox, **shell) == ['the key pair was replaced: eval "$(shellvault env base)"']


def test_locked_vault_is_reported_without_unlocking_it(used_sandbox: Sandbox) -> None:
    """`status` needs no passphrase."""
    shell = enter(used_sandbox, "reader") | {"SHELLVAULT_PASSPHRASE_FILE": ""}
    used_sandbox.run("lock")
    done = used_sandbox.run("status", "--no-input", **shell)
    assert done.returncode == 0
    assert "\nvault      sealed, locked\n" in done.stdout


@pytest.mark.parametrize("garbage", ["", "soon", "-1", "1e9", "9" * 400, "9" * 5000, "²", "1 2", "\x1b[2J"])
def test_garbage_in_its_variables_is_tolerated(used_sandbox: Sandbox, garbage: str) -> None:
    """In SHELLVAULT_EXPIRES_AT and SHELLVAULT_RESTORE."""
    done = used_sandbox.run(
        "status", SHELLVAULT_PROFILE="reader", SHELLVAULT_EXPIRES_AT=garbage, SHELLVAULT_RESTORE=garbage
    )
    assert (done.returncode, done.stderr) == (0, "")
