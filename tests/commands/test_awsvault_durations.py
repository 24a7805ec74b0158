"""aws-vault's duration variables: what is requested from AWS, and which cached session is served."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from shellvault.storage.kernel_keyring import SESSION
from shellvault.storage.opener import kernel_keyring
from shellvault.storage.session_cache import pack, unpack
from tests.broker.cached_sessions import list_cached_sessions, make_due
from tests.commands.role_profiles import add_mfa_role, add_role

if TYPE_CHECKING:
    import subprocess

    from tests.sandbox import Sandbox

HOUR = 3600
ENV = ("env", "reader", "--shell", "bash")
ROLE = "AWS_ASSUME_ROLE_TTL"
TOKEN = "AWS_SESSION_TOKEN_TTL"
SHARED = "AWS_CHAINED_SESSION_TOKEN_TTL"
MIN_TTL = "AWS_MIN_TTL"


def env(sandbox: Sandbox, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run `env` for bash."""
    return sandbox.run("env", *words, "--shell", "bash", **variables)


def age_sessions(sandbox: Sandbox, minutes: int) -> None:
    """Give every cached session this many minutes until it expires, without making it due for refresh."""
    kernel = kernel_keyring(str(sandbox.vault))
    for entry in list_cached_sessions(sandbox):
        session = unpack((kernel.find(SESSION, entry.identity) or b"").decode())
        assert session, "not a shellvault session"
        now = int(time.time())
        short = session.replace(expires_at=now + minutes * 60, refresh_at=now + 60)
        end = {"expires_at": short.expires_at, "timeout": minutes * 60}
        assert kernel.add(SESSION, entry.identity, pack(short).encode(), note=entry.note, **end)


def list_durations(sandbox: Sandbox) -> list[tuple[str, int]]:
    """Return the durations requested from AWS, in order."""
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


def test_key_pair_session_duration_follows_the_precedence(sandbox: Sandbox) -> None:
    """The option, SHELLVAULT_DURATION, AWS_VAULT_DURATION, the variable for the kind of session; in minutes."""
    sandbox.add("base", sandbox.aws.world.user("alice").access_key())
    for words, variables, _minutes in LENGTHS:
        assert env(sandbox, "base", *words, **variables).returncode == 0
    assert list_durations(sandbox) == [("GetSessionToken", minutes * 60) for _words, _variables, minutes in LENGTHS]


def test_variable_overrides_the_profile_duration(sandbox: Sandbox) -> None:
    """As in aws-vault, for a role and for a key pair."""
    add_role(sandbox, more="duration_seconds = 900")
    sandbox.aws.world.role("reader", max_duration=4 * HOUR)
    sandbox.configure("[profile plain]\ninclude_profile = base\nduration_seconds = 900\n")
    for name, more in (("reader", {}), ("plain", {}), ("reader", {ROLE: "2h"}), ("plain", {TOKEN: "3h"})):
        assert env(sandbox, name, **more).returncode == 0
    assert [length for _action, length in list_durations(sandbox)] == [900, 900, 2 * HOUR, 3 * HOUR]


def test_duration_applies_to_every_role_of_a_chain(sandbox: Sandbox) -> None:
    """Intermediate roles get it too, within AWS's limits."""
    add_role(sandbox)
    far = sandbox.aws.world.role("far", trusts=(sandbox.aws.world.role("reader").arn,))
    sandbox.configure(f"[profile far]\nrole_arn = {far.arn}\nsource_profile = reader\n")
    assert env(sandbox, "far", **{ROLE: "30m"}).returncode == 0
    assert list_durations(sandbox) == [("AssumeRole", HOUR // 2)] * 2
    assert env(sandbox, "far", "--duration", "20m", **{ROLE: "30m"}).returncode == 0
    assert list_durations(sandbox)[2:] == [("AssumeRole", HOUR // 3)]


def test_a_long_duration_does_not_break_a_role_chain(sandbox: Sandbox) -> None:
    """A chained role lasts an hour at most, so neither role is asked for more; a notice says so once."""
    add_role(sandbox)
    far = sandbox.aws.world.role("far", trusts=(sandbox.aws.world.role("reader").arn,))
    sandbox.configure(f"[profile far]\nrole_arn = {far.arn}\nsource_profile = reader\n")
    done = env(sandbox, "far", **{ROLE: "12h"})
    assert (done.returncode, list_durations(sandbox)) == (0, [("AssumeRole", HOUR)] * 2)
    assert done.stderr.count("role 'far' over another role lasts 1 h at most; 12 h was requested\n") == 1
    assert "'reader'" not in done.stderr


def test_mfa_session_below_roles_has_its_own_variable(sandbox: Sandbox) -> None:
    """The key pair's variable does not affect it; if both are equal, one code serves key pair and roles."""
    device = add_mfa_role(sandbox)
    lengths = {TOKEN: "8h", SHARED: "8h"}
    assert env(sandbox, "guarded", "-t", device.next_code(), **lengths).returncode == 0
    assert list_durations(sandbox) == [("GetSessionToken", 8 * HOUR), ("AssumeRole", HOUR)]
    sandbox.configure(f"[profile person]\ninclude_profile = base\nmfa_serial = {device.serial}\n")
    again = env(sandbox, "person", "--no-input", **lengths)
    assert (again.returncode, again.stderr, len(list_durations(sandbox))) == (0, "", 2)
    assert env(sandbox, "guarded", "--no-input", **{SHARED: "8h", TOKEN: "2h"}).returncode == 0
    assert env(sandbox, "person", "--no-input", **{SHARED: "8h", TOKEN: "2h"}).returncode == 6


def test_session_below_the_minimum_ttl_is_not_served(sandbox: Sandbox) -> None:
    """Every command that outputs a session refreshes it; one with enough time left is served from the cache."""
    add_role(sandbox)
    assert env(sandbox, "reader").returncode == 0
    for count, (minutes, words) in enumerate(
        ((20, ENV), (21, ("exec", "reader", "--json")), (22, ("export", "reader")))
    ):
        age_sessions(sandbox, minutes)
        assert sandbox.run(*words, **{MIN_TTL: f"{minutes - 1}m"}).returncode == 0
        assert len(list_durations(sandbox)) == 1 + count
        assert sandbox.run(*words, **{MIN_TTL: f"{minutes + 1}m"}).returncode == 0
        assert len(list_durations(sandbox)) == 2 + count


def test_shorter_minimum_ttl_does_not_shrink_the_refresh_margin(sandbox: Sandbox) -> None:
    """A session due for refresh is not served."""
    add_role(sandbox)
    assert env(sandbox, "reader").returncode == 0
    make_due(sandbox)
    assert env(sandbox, "reader", **{MIN_TTL: "1m"}).returncode == 0
    assert len(list_durations(sandbox)) == 2


def test_minimum_ttl_above_the_session_lifetime_does_not_defeat_the_cache(sandbox: Sandbox) -> None:
    """One session still serves several commands."""
    add_role(sandbox)
    for _ in range(3):
        assert env(sandbox, "reader", **{MIN_TTL: "12h"}).returncode == 0
    assert len(list_durations(sandbox)) == 1


def test_invalid_duration_error_names_the_variable(sandbox: Sandbox) -> None:
    """aws-vault ignores such a value silently, and sessions turn out too short."""
    add_role(sandbox)
    for name in (ROLE, TOKEN, SHARED, MIN_TTL):
        done = env(sandbox, "reader", **{name: "1 day"})
        assert (done.returncode, done.stdout) == (2, "false\n")
        assert f"{name}: '1 day' is not a duration" in done.stderr


def test_federation_token_duration_has_its_own_variable(sandbox: Sandbox) -> None:
    """`--duration` overrides it and it overrides the profile; an invalid value is an error."""
    sandbox.add("base", sandbox.aws.world.user("alice").access_key())
    sandbox.configure("duration_seconds = 900\n")
    variable = {"AWS_FEDERATION_TOKEN_TTL": "2h0m0s"}
    assert sandbox.run("login", "base", "--stdout", **variable).returncode == 0
    assert sandbox.run("login", "base", "--stdout", "--duration", "3h", **variable).returncode == 0
    assert list_durations(sandbox) == [("GetFederationToken", 2 * HOUR), ("GetFederationToken", 3 * HOUR)]
    variable = {"AWS_FEDERATION_TOKEN_TTL": "long"}
    refused = sandbox.run("login", "base", "--stdout", **variable)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "AWS_FEDERATION_TOKEN_TTL: 'long' is not a duration" in refused.stderr
