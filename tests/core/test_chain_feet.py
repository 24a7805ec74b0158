"""What a chain may begin with besides a key pair, which of several wins, and what is put on top."""

from __future__ import annotations

import pytest

from shellvault.awsconfig.profiles import Profiles
from shellvault.awsconfig.reader import Config
from shellvault.core.chain import resolve
from shellvault.core.chain.links import (
    AmbientCredentials,
    AssumeRole,
    Process,
    SsoRole,
    StoredKey,
    WebIdentity,
    key_name,
    root_of,
)
from shellvault.core.errors import UsageError
from tests.core.plans import HOUR, MFA, ROLE, plan, role

SSO = "[sso-session corp]\nsso_start_url = https://corp\nsso_region = eu-west-1\n"
SSO_KEYS = "sso_session = corp\nsso_account_id = 1\nsso_role_name = r\n"
PROCESS = "credential_process = tool\n"
WEB = f"role_arn = {ROLE}ci\nweb_identity_token_file = /token\n"
LOGIN = "login_session = arn:x\n"


def kinds(text: str, name: str, *keys: str, duration: int = 0) -> list[str]:
    """Return a plan's links by their class, from the foot on."""
    link, found = plan(SSO + text, name, *keys, duration=duration).chain, list[str]()
    while True:
        found.insert(0, type(link).__name__)
        if isinstance(link, StoredKey) or link.source is None:
            return found
        link = link.source


@pytest.mark.parametrize(
    ("settings", "keys", "expected"),
    [
        (SSO_KEYS, (), ["SignIn", "SsoRole"]),
        (PROCESS, (), ["Process"]),
        (WEB, (), ["WebIdentity"]),
        (LOGIN, (), ["AmbientCredentials"]),
        (f"role_arn = {ROLE}x\ncredential_source = Environment\n", (), ["AmbientCredentials", "AssumeRole"]),
        (f"role_arn = {ROLE}x\n{SSO_KEYS}", (), ["SignIn", "SsoRole", "AssumeRole"]),
        (f"role_arn = {ROLE}x\n{PROCESS}", (), ["Process", "AssumeRole"]),
        # a key pair under the profile's own name is what was meant
        (SSO_KEYS, ("dev",), ["StoredKey", "SessionToken"]),
        (PROCESS, ("dev",), ["StoredKey", "SessionToken"]),
        (WEB, ("dev",), ["StoredKey", "AssumeRole"]),
        # the settings of a profile stand before the key pair of one that it includes
        (f"{PROCESS}include_profile = base\n", ("base",), ["Process"]),
        (f"{SSO_KEYS}include_profile = base\n", ("base",), ["SignIn", "SsoRole"]),
        ("include_profile = base\n", ("base",), ["StoredKey", "SessionToken"]),
        # of several, the AWS CLI's order
        (SSO_KEYS + PROCESS, (), ["SignIn", "SsoRole"]),
        (SSO_KEYS + LOGIN, (), ["SignIn", "SsoRole"]),
        (LOGIN + PROCESS, (), ["AmbientCredentials"]),
        (f"role_arn = {ROLE}x\n{PROCESS}credential_source = Environment\n", (), ["Process", "AssumeRole"]),
        # a web identity's token is for a role
        (f"{PROCESS}web_identity_token_file = /token\n", (), ["Process"]),
        (WEB + SSO_KEYS, (), ["WebIdentity"]),
        (WEB + "source_profile = base\n", ("base",), ["WebIdentity"]),
        # a source of one's own stands before source_profile, where there is no role
        (f"{PROCESS}source_profile = base\n", ("base",), ["Process"]),
        (f"role_arn = {ROLE}x\n{PROCESS}source_profile = base\n", ("base",), ["StoredKey", "AssumeRole"]),
    ],
)
def test_what_a_chain_begins_with(settings: str, keys: tuple[str, ...], expected: list[str]) -> None:
    """Stored under the name, then the settings in the AWS CLI's order, then what is included."""
    assert kinds(f"[profile base]\n[profile dev]\n{settings}", "dev", *keys) == expected


@pytest.mark.parametrize("foot", [SSO_KEYS, WEB])
def test_a_role_over_a_roles_session_is_chained(foot: str) -> None:
    """An hour at most, with a notice, and no code: a role's session has no device."""
    text = (
        f"{SSO}[profile base]\n{foot}mfa_serial = {MFA}\n[profile dev]\nrole_arn = {ROLE}dev\nsource_profile = base\n"
    )
    made = plan(text, "dev", duration=2 * HOUR)
    assert isinstance(made.chain, AssumeRole)
    assert (made.chain.duration, made.chain.mfa_serial) == (HOUR, "")
    assert made.notices == ("role 'dev' over another role lasts 1 h at most; 2 h were asked for",)


@pytest.mark.parametrize("foot", [PROCESS, LOGIN])
def test_a_role_over_what_may_be_a_users_keys_takes_a_code_of_its_own(foot: str) -> None:
    """Nobody can tell from outside; AWS will, if they are not."""
    text = f"[profile base]\n{foot}[profile dev]\nrole_arn = {ROLE}dev\nsource_profile = base\nmfa_serial = {MFA}\n"
    assert (role(text, "dev", duration=2 * HOUR).duration, role(text, "dev").mfa_serial) == (2 * HOUR, MFA)


@pytest.mark.parametrize(
    ("source", "duration", "serial"),
    [("Environment", 2 * HOUR, MFA), ("Ec2InstanceMetadata", HOUR, ""), ("EcsContainer", HOUR, "")],
)
def test_a_machines_credentials_are_a_roles_session(source: str, duration: int, serial: str) -> None:
    """An instance's and a container's; those of the environment may be a user's."""
    text = f"[profile dev]\nrole_arn = {ROLE}dev\ncredential_source = {source}\nmfa_serial = {MFA}\n"
    made = role(text, "dev", duration=2 * HOUR)
    assert (made.duration, made.mfa_serial) == (duration, serial)


def test_a_role_with_a_web_identity_lasts_as_long_as_is_wished() -> None:
    """It is no chained one: nothing is capped at an hour, and nothing is said."""
    made = plan(f"[profile dev]\n{WEB}", "dev", duration=2 * HOUR)
    assert isinstance(made.chain, WebIdentity)
    assert (made.chain.duration, made.notices) == (2 * HOUR, ())


@pytest.mark.parametrize(
    ("source", "same"), [("Environment", False), ("Ec2InstanceMetadata", True), ("EcsContainer", True)]
)
def test_the_environment_shapes_only_what_is_taken_from_it(source: str, same: bool) -> None:  # noqa: FBT001 - a column
    """Other keys in it make another session of it, and leave a machine's own where it is."""
    config = Config(f"[profile dev]\nrole_arn = {ROLE}dev\ncredential_source = {source}\n")
    books = [Profiles(config, {}, {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": "s"}) for key in ("one", "other")]
    one, other = (resolve.resolve("dev", book, resolve.SessionOptions()).chain.identity for book in books)
    assert (one == other) == same


@pytest.mark.parametrize("foot", [SSO_KEYS, PROCESS, LOGIN])
def test_a_wished_duration_that_changes_nothing_is_said_to(foot: str) -> None:
    """How long such a session lasts is decided elsewhere."""
    made = plan(f"{SSO}[profile dev]\n{foot}", "dev", duration=HOUR)
    assert made.notices == ("--duration changes nothing: who gives 'dev' its session decides it",)


@pytest.mark.parametrize(
    ("change", "shared"),
    [
        ("", True),
        ("sso_role_name = r2\n", True),
        ("sso_account_id = 2\n", True),
        ("sso_session = other\n", False),
    ],
)
def test_roles_of_one_sign_in_share_its_token(change: str, shared: bool) -> None:  # noqa: FBT001 - a table's column
    """And no others."""
    other = "[sso-session other]\nsso_start_url = https://corp\nsso_region = eu-west-1\n"
    text = f"{SSO}{other}[profile a]\n{SSO_KEYS}[profile b]\n{SSO_KEYS}{change}"
    roots = [root_of(plan(text, name).chain).identity for name in ("a", "b")]
    assert (roots[0] == roots[1]) == shared
    chains = [plan(text, name).chain.identity for name in ("a", "b")]
    assert (chains[0] == chains[1]) == (change == "")


def test_a_foot_without_a_key_pair_names_none() -> None:
    """So that removing a key pair forgets nobody else's sessions."""
    assert key_name(plan(f"[profile dev]\n{PROCESS}", "dev").chain) == ""
    assert key_name(plan(f"{SSO}[profile dev]\n{SSO_KEYS}", "dev").chain) == ""  # a sign-in has a name, too
    assert key_name(plan("[profile dev]\n", "dev", "dev").chain) == "dev"


def test_the_feet_carry_what_their_profiles_say() -> None:
    """Field by field."""
    sso = plan(f"{SSO}[profile dev]\n{SSO_KEYS}", "dev").chain
    assert isinstance(sso, SsoRole)
    assert (sso.account_id, sso.role_name, sso.region) == ("1", "r", "eu-west-1")
    assert (sso.source.name, sso.source.start_url, sso.source.scopes) == (
        "corp",
        "https://corp",
        ("sso:account:access",),
    )
    web = plan(f"[profile dev]\n{WEB}region = eu-central-1\nendpoint_url = https://sts.corp\n", "dev").chain
    assert isinstance(web, WebIdentity)
    assert (web.role_arn, web.token_file, web.duration) == (f"{ROLE}ci", "/token", HOUR)
    assert (web.region, web.endpoint) == ("eu-central-1", "https://sts.corp")
    process = plan(f"[profile dev]\n{PROCESS}", "dev").chain
    assert isinstance(process, Process)
    assert process.command == "tool"
    login = plan(f"[profile dev]\n{LOGIN}", "dev").chain
    assert isinstance(login, AmbientCredentials)
    assert (login.provider, login.detail) == ("aws login", "arn:x")


def test_scopes_may_be_given() -> None:
    """With commas, as the AWS CLI writes them."""
    text = f"{SSO}sso_registration_scopes = sso:account:access, codecatalyst:all\n[profile dev]\n{SSO_KEYS}"
    made = plan(text, "dev").chain
    assert isinstance(made, SsoRole)
    assert made.source.scopes == ("sso:account:access", "codecatalyst:all")


def test_a_start_url_that_contradicts_the_session_is_refused() -> None:
    """Which of the two was meant?"""
    with pytest.raises(UsageError, match=r"sso_start_url of profile 'dev' is not that of \[sso-session corp\]"):
        plan(f"{SSO}[profile dev]\n{SSO_KEYS}sso_start_url = https://other\n", "dev")
