"""aws-vault's variables for lengths of time: what AWS is asked for, and which session is handed out."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from shellvault.storage.kernel_keyring import SESSION
from shellvault.storage.opener import kernel_keyring
from shellvault.storage.session_cache import pack, unpack
from tests.broker.cached_sessions import list_cached_sessions, make_due
from tests.commands.people import with_mfa, with_role

if TYPE_CHECKING:
    import subprocess

    from tests.sandbox import Sandbox

HOUR = 3600
ENV = ("env", "reader", "--shell", "bash")
ROLE = "AWS_ASSUME_ROLE_TTL"
TOKEN = "AWS_SESSION_TOKEN_TTL"
SHARED = "AWS_CHAINED_SESSION_TOKEN_TTL"
LEAST = "AWS_MIN_TTL"


def env(sandbox: Sandbox, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run `env` for bash."""
    return sandbox.run("env", *words, "--shell", "bash", **variables)


def leave(sandbox: Sandbox, minutes: int) -> None:
    """Let what is cached have so much left, and be not due yet."""
    kernel = kernel_keyring(str(sandbox.vault))
    for entry in list_cached_sessions(sandbox):
        session = unpack(kernel.read(entry.key_id) or b"")
        assert session, "not a session of ours"
        now = int(time.time())
        short = session.replace(expires_at=now + minutes * 60, refresh_at=now + 60)
        end = {"expires_at": short.expires_at, "timeout": minutes * 60}
        assert kernel.add(SESSION, entry.identity, pack(short), detail=entry.detail, **end)


def asked(sandbox: Sandbox) -> list[tuple[str, int]]:
    """Return the lengths that AWS was asked for, in order."""
    calls = sandbox.aws.world.calls
    return [(call.action, int(call.params["DurationSeconds"])) for call in calls if "DurationSeconds" in call.params]


LENGTHS: list[tuple[tuple[str, ...], dict[str, str], int]] = [
    ((), {}, 60),
    ((), {TOKEN: "2h0m0s"}, 120),
    ((), {TOKEN: "1.5h"}, 90),
    ((), {TOKEN: "2h10m", ROLE: "3h", SHARED: "4h"}, 130),
    ((), {TOKEN: "2h", "AWS_VAULT_DURATION": "3h"}, 180),
    ((), {"AWS_VAULT_DURATION": "3h", "SHELLVAULT_DURATION": "4h"}, 240),
    (("--duration", "5h"), {TOKEN: "2h", "AWS_VAULT_DURATION": "3h", "SHELLVAULT_DURATION": "4h"}, 300),
]


def test_a_key_pairs_session_lasts_as_long_as_its_variable_says(sandbox: Sandbox) -> None:
    """The option, ours, aws-vault's for the option, aws-vault's for the link; in minutes."""
    sandbox.add("base", sandbox.aws.world.user("alice").access_key())
    for words, variables, _minutes in LENGTHS:
        assert env(sandbox, "base", *words, **variables).returncode == 0
    assert asked(sandbox) == [("GetSessionToken", minutes * 60) for _words, _variables, minutes in LENGTHS]


def test_the_variable_stands_over_the_profile(sandbox: Sandbox) -> None:
    """As in aws-vault, for a role and for a key pair."""
    with_role(sandbox, more="duration_seconds = 900")
    sandbox.aws.world.role("reader", max_duration=4 * HOUR)
    sandbox.configure("[profile plain]\ninclude_profile = base\nduration_seconds = 900\n")
    for name, more in (("reader", {}), ("plain", {}), ("reader", {ROLE: "2h"}), ("plain", {TOKEN: "3h"})):
        assert env(sandbox, name, **more).returncode == 0
    assert [length for _action, length in asked(sandbox)] == [900, 900, 2 * HOUR, 3 * HOUR]


def test_each_role_of_a_chain_lasts_as_long(sandbox: Sandbox) -> None:
    """The one in between too, where AWS allows it."""
    with_role(sandbox)
    far = sandbox.aws.world.role("far", trusts=(sandbox.aws.world.role("reader").arn,))
    sandbox.configure(f"[profile far]\nrole_arn = {far.arn}\nsource_profile = reader\n")
    assert env(sandbox, "far", **{ROLE: "30m"}).returncode == 0
    assert asked(sandbox) == [("AssumeRole", HOUR // 2)] * 2
    assert env(sandbox, "far", "--duration", "20m", **{ROLE: "30m"}).returncode == 0
    assert asked(sandbox)[2:] == [("AssumeRole", HOUR // 3)]


def test_the_session_below_roles_has_a_variable_of_its_own(sandbox: Sandbox) -> None:
    """The key pair's own variable leaves it alone; with both alike, one code serves key pair and roles."""
    device = with_mfa(sandbox)
    lengths = {TOKEN: "8h", SHARED: "8h"}
    assert env(sandbox, "guarded", "-t", device.next_code(), **lengths).returncode == 0
    assert asked(sandbox) == [("GetSessionToken", 8 * HOUR), ("AssumeRole", HOUR)]
    sandbox.configure(f"[profile person]\ninclude_profile = base\nmfa_serial = {device.serial}\n")
    again = env(sandbox, "person", "--no-input", **lengths)
    assert (again.returncode, again.stderr, len(asked(sandbox))) == (0, "", 2)
    assert env(sandbox, "guarded", "--no-input", **{SHARED: "8h", TOKEN: "2h"}).returncode == 0
    assert env(sandbox, "person", "--no-input", **{SHARED: "8h", TOKEN: "2h"}).returncode == 6


def test_a_session_with_less_left_is_not_handed_out(sandbox: Sandbox) -> None:
    """It is minted anew, for every command that hands one out; what has enough left stays."""
    with_role(sandbox)
    assert env(sandbox, "reader").returncode == 0
    for count, (minutes, words) in enumerate(
        ((20, ENV), (21, ("exec", "reader", "--json")), (22, ("export", "reader")))
    ):
        leave(sandbox, minutes)
        assert sandbox.run(*words, **{LEAST: f"{minutes - 1}m"}).returncode == 0
        assert len(asked(sandbox)) == 1 + count
        assert sandbox.run(*words, **{LEAST: f"{minutes + 1}m"}).returncode == 0
        assert len(asked(sandbox)) == 2 + count


def test_our_own_margin_stays_below_it(sandbox: Sandbox) -> None:
    """A shorter one than ours hands out nothing that is due."""
    with_role(sandbox)
    assert env(sandbox, "reader").returncode == 0
    make_due(sandbox)
    assert env(sandbox, "reader", **{LEAST: "1m"}).returncode == 0
    assert len(asked(sandbox)) == 2


def test_no_session_is_renewed_for_ever(sandbox: Sandbox) -> None:
    """Where the variable asks for more than sessions last, one still serves several commands."""
    with_role(sandbox)
    for _ in range(3):
        assert env(sandbox, "reader", **{LEAST: "12h"}).returncode == 0
    assert len(asked(sandbox)) == 1


def test_what_is_no_length_of_time_is_an_error_that_names_the_variable(sandbox: Sandbox) -> None:
    """aws-vault passes over it, and nobody knows why sessions are short."""
    with_role(sandbox)
    for name in (ROLE, TOKEN, SHARED, LEAST):
        done = env(sandbox, "reader", **{name: "1 day"})
        assert (done.returncode, done.stdout) == (2, "false\n")
        assert f"{name}: '1 day' is not a length of time" in done.stderr


def test_the_consoles_session_of_a_key_pair_has_one_too(sandbox: Sandbox) -> None:
    """`--duration` stands over it, and it over the profile; garbage is an error."""
    sandbox.add("base", sandbox.aws.world.user("alice").access_key())
    sandbox.configure("duration_seconds = 900\n")
    variable = {"AWS_FEDERATION_TOKEN_TTL": "2h0m0s"}
    assert sandbox.run("login", "base", "--stdout", **variable).returncode == 0
    assert sandbox.run("login", "base", "--stdout", "--duration", "3h", **variable).returncode == 0
    assert asked(sandbox) == [("GetFederationToken", 2 * HOUR), ("GetFederationToken", 3 * HOUR)]
    variable = {"AWS_FEDERATION_TOKEN_TTL": "long"}
    refused = sandbox.run("login", "base", "--stdout", **variable)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "AWS_FEDERATION_TOKEN_TTL: 'long' is not a length of time" in refused.stderr
