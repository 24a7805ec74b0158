"""Where a chain may begin besides a key pair, which of several sources wins, and which links go on top."""

from __future__ import annotations

import pytest

from shellvault.core.chain import resolve
from shellvault.core.chain.links import AssumeRole, key_name, root_of
from shellvault.core.chain.root_credentials import AmbientCredentials, Process, WebIdentity
from shellvault.core.chain.sso_links import SsoRole
from shellvault.core.errors import UsageError
from tests.core.chain_resolution import HOUR, MFA, ROLE, make_profiles, resolve_profile, resolve_role

SSO = "[sso-session corp]\nsso_start_url = https://corp\nsso_region = eu-west-1\n"
SSO_KEYS = "sso_session = corp\nsso_account_id = 1\nsso_role_name = r\n"
PROCESS = "credential_process = tool\n"
WEB = f"role_arn = {ROLE}ci\nweb_identity_token_file = /token\n"
LOGIN = "login_session = arn:x\n"


def link_types(text: str, name: str, *keys: str) -> list[str]:
    """Return the class names of a chain's links, the root first."""
    link, found = resolve_profile(SSO + text, name, *keys).chain, list[str]()
    while True:
        found.insert(0, type(link).__name__)
        if link.source is None:
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
        # a key pair stored under the profile's own name wins
        (SSO_KEYS, ("dev",), ["StoredKey", "SessionToken"]),
        (PROCESS, ("dev",), ["StoredKey", "SessionToken"]),
        (WEB, ("dev",), ["StoredKey", "AssumeRole"]),
        # a profile's own settings win over the key pair of an included profile
        (f"{PROCESS}include_profile = base\n", ("base",), ["Process"]),
        (f"{SSO_KEYS}include_profile = base\n", ("base",), ["SignIn", "SsoRole"]),
        ("include_profile = base\n", ("base",), ["StoredKey", "SessionToken"]),
        # several sources: the AWS CLI's order
        (SSO_KEYS + PROCESS, (), ["SignIn", "SsoRole"]),
        (SSO_KEYS + LOGIN, (), ["SignIn", "SsoRole"]),
        (LOGIN + PROCESS, (), ["AmbientCredentials"]),
        (f"role_arn = {ROLE}x\n{PROCESS}credential_source = Environment\n", (), ["Process", "AssumeRole"]),
        # a web identity token counts only with a role
        (WEB + SSO_KEYS, (), ["WebIdentity"]),
        (WEB + "source_profile = base\n", ("base",), ["WebIdentity"]),
        # without a role, a profile's own source wins over source_profile
        (f"{PROCESS}source_profile = base\n", ("base",), ["Process"]),
        (f"role_arn = {ROLE}x\n{PROCESS}source_profile = base\n", ("base",), ["StoredKey", "AssumeRole"]),
    ],
)
def test_root_credentials_follow_the_order_of_precedence(
    settings: str, keys: tuple[str, ...], expected: list[str]
) -> None:
    """A key pair under the profile's name, then its settings in the AWS CLI's order, then an included key pair."""
    assert link_types(f"[profile base]\n[profile dev]\n{settings}", "dev", *keys) == expected


@pytest.mark.parametrize("source", [SSO_KEYS, WEB])
def test_role_over_a_role_session_is_limited_to_an_hour_and_takes_no_code(source: str) -> None:
    """AWS limits role chaining to an hour, and a role session has no MFA device."""
    text = (
        f"{SSO}[profile base]\n{source}mfa_serial = {MFA}\n[profile dev]\nrole_arn = {ROLE}dev\nsource_profile = base\n"
    )
    resolved = resolve_profile(text, "dev", duration=2 * HOUR)
    assert isinstance(resolved.chain, AssumeRole)
    assert (resolved.chain.duration, resolved.chain.mfa_serial) == (HOUR, "")
    assert resolved.notices == ("role 'dev' over another role lasts 1 h at most; 2 h was requested",)


@pytest.mark.parametrize("source", [PROCESS, LOGIN])
def test_role_over_credentials_of_unknown_origin_takes_its_own_code(source: str) -> None:
    """They may be a user's keys; if they are not, AWS refuses the code."""
    text = f"[profile base]\n{source}[profile dev]\nrole_arn = {ROLE}dev\nsource_profile = base\nmfa_serial = {MFA}\n"
    role = resolve_role(text, "dev", duration=2 * HOUR)
    assert (role.duration, role.mfa_serial) == (2 * HOUR, MFA)
    assert resolve_role(text, "dev").mfa_serial == MFA


@pytest.mark.parametrize(
    ("source", "duration", "serial"),
    [("Environment", 2 * HOUR, MFA), ("Ec2InstanceMetadata", HOUR, ""), ("EcsContainer", HOUR, "")],
)
def test_credentials_of_an_instance_or_container_are_a_role_session(source: str, duration: int, serial: str) -> None:
    """Credentials in the environment may be a user's, so a role over them is not limited."""
    text = f"[profile dev]\nrole_arn = {ROLE}dev\ncredential_source = {source}\nmfa_serial = {MFA}\n"
    role = resolve_role(text, "dev", duration=2 * HOUR)
    assert (role.duration, role.mfa_serial) == (duration, serial)


def test_role_with_a_web_identity_lasts_as_long_as_requested() -> None:
    """It is not chained, so the limit of an hour does not apply and there is no notice."""
    resolved = resolve_profile(f"[profile dev]\n{WEB}", "dev", duration=2 * HOUR)
    assert isinstance(resolved.chain, WebIdentity)
    assert (resolved.chain.duration, resolved.notices) == (2 * HOUR, ())


@pytest.mark.parametrize(
    ("source", "same"), [("Environment", False), ("Ec2InstanceMetadata", True), ("EcsContainer", True)]
)
def test_keys_in_the_environment_identify_only_the_session_from_the_environment(
    source: str,
    same: bool,  # noqa: FBT001 - a table's column
) -> None:
    """Other keys there mean another session; the credentials of an instance or container do not depend on them."""
    text = f"[profile dev]\nrole_arn = {ROLE}dev\ncredential_source = {source}\n"
    one, other = (
        resolve.resolve(
            "dev",
            make_profiles(text, AWS_ACCESS_KEY_ID=key),
            resolve.SessionOptions(),
        ).chain.identity
        for key in ("one", "other")
    )
    assert (one == other) == same


@pytest.mark.parametrize("source", [SSO_KEYS, PROCESS, LOGIN])
def test_duration_without_effect_gives_a_notice(source: str) -> None:
    """These sources set the duration themselves."""
    resolved = resolve_profile(f"{SSO}[profile dev]\n{source}", "dev", duration=HOUR)
    assert resolved.notices == ("--duration has no effect: the source of 'dev' sets the duration",)


@pytest.mark.parametrize("change", ["", "sso_role_name = r2\n", "sso_account_id = 2\n"])
def test_roles_of_one_sso_session_share_its_sign_in(change: str) -> None:
    """Another role or account only means another role session."""
    changed = change.partition(" ")[0]
    keys = "".join(line for line in SSO_KEYS.splitlines(keepends=True) if line.partition(" ")[0] != changed)
    chains = [resolve_profile(f"{SSO}[profile dev]\n{each}", "dev").chain for each in (SSO_KEYS, f"{keys}{change}")]
    assert root_of(chains[0]).identity == root_of(chains[1]).identity
    assert (chains[0].identity == chains[1].identity) == (change == "")


@pytest.mark.parametrize(
    ("section", "shared"),
    [
        ("sso_start_url = https://corp/\nsso_region = eu-west-1\n", True),
        ("sso_start_url = HTTPS://Corp:443/#/?tab=accounts\nsso_region = eu-west-1\n", True),
        ("sso_start_url = https://other\nsso_region = eu-west-1\n", False),
        ("sso_start_url = https://corp\nsso_region = eu-west-2\n", False),
        ("sso_start_url = https://corp\nsso_region = eu-west-1\nsso_registration_scopes = other:scope\n", False),
    ],
)
def test_a_sign_in_belongs_to_a_portal_not_to_a_section(section: str, shared: bool) -> None:  # noqa: FBT001 - a table's column
    """However a section or a profile spells the portal; another region or other scopes are another sign-in."""
    other = f"[sso-session other]\n{section}[profile other]\n{SSO_KEYS.replace('corp', 'other')}"
    roles = [resolve_profile(f"{SSO}[profile dev]\n{SSO_KEYS}{other}", name).chain for name in ("dev", "other")]
    assert (root_of(roles[0]).identity == root_of(roles[1]).identity) == shared
    assert (roles[0].identity == roles[1].identity) == shared


def test_chain_without_a_key_pair_has_no_key_name() -> None:
    """Removing a key pair must not forget sessions that do not come from it."""
    assert key_name(resolve_profile(f"[profile dev]\n{PROCESS}", "dev").chain) == ""
    assert (
        key_name(resolve_profile(f"{SSO}[profile dev]\n{SSO_KEYS}", "dev").chain) == ""
    )  # a sign-in has a name too, but no key pair
    assert key_name(resolve_profile("[profile dev]\n", "dev", "dev").chain) == "dev"


def test_root_credentials_carry_the_settings_of_their_profile() -> None:
    """Every field of each source is checked."""
    sso = resolve_profile(f"{SSO}[profile dev]\n{SSO_KEYS}", "dev").chain
    assert isinstance(sso, SsoRole)
    assert (sso.account_id, sso.role_name, sso.region) == ("1", "r", "eu-west-1")
    assert (sso.source.sso_session, sso.source.start_url, sso.source.scopes) == (
        "corp",
        "https://corp",
        ("sso:account:access",),
    )
    web = resolve_profile(f"[profile dev]\n{WEB}region = eu-central-1\nendpoint_url = https://sts.corp\n", "dev").chain
    assert isinstance(web, WebIdentity)
    assert (web.role_arn, web.token_file, web.duration) == (f"{ROLE}ci", "/token", HOUR)
    assert (web.region, web.endpoint) == ("eu-central-1", "https://sts.corp")
    process = resolve_profile(f"[profile dev]\n{PROCESS}", "dev").chain
    assert isinstance(process, Process)
    assert process.command == "tool"
    login = resolve_profile(f"[profile dev]\n{LOGIN}", "dev").chain
    assert isinstance(login, AmbientCredentials)
    assert (login.origin, login.detail) == ("aws login", "arn:x")


def test_sso_session_may_list_its_scopes() -> None:
    """They are separated by commas, as the AWS CLI writes them."""
    text = f"{SSO}sso_registration_scopes = sso:account:access, codecatalyst:all\n[profile dev]\n{SSO_KEYS}"
    resolved = resolve_profile(text, "dev").chain
    assert isinstance(resolved, SsoRole)
    assert resolved.source.scopes == ("sso:account:access", "codecatalyst:all")


def test_start_url_that_contradicts_the_sso_session_is_refused() -> None:
    """It is unclear which of the two the user meant."""
    with pytest.raises(UsageError, match=r"sso_start_url of profile 'dev' differs from that of \[sso-session corp\]"):
        resolve_profile(f"{SSO}[profile dev]\n{SSO_KEYS}sso_start_url = https://other\n", "dev")


def test_web_identity_token_may_come_from_a_program() -> None:
    """The command is kept as it is written, and the token file stays empty."""
    text = f"[profile dev]\nrole_arn = {ROLE}ci\nweb_identity_token_process = tool --jwt\nrole_session_name = me\n"
    web = resolve_profile(text, "dev").chain
    assert isinstance(web, WebIdentity)
    assert (web.token_file, web.token_process, web.role_session_name) == ("", "tool --jwt", "me")


def test_two_sources_of_a_web_identity_token_are_refused() -> None:
    """It is unclear which of the two the user meant."""
    with pytest.raises(UsageError, match="'dev' has both web_identity_token_file and web_identity_token_process"):
        resolve_profile(f"[profile dev]\n{WEB}web_identity_token_process = tool\n", "dev")


@pytest.mark.parametrize("source", ["environment", "EC2", "Ec2InstanceMetadata x"])
def test_unknown_credential_source_is_refused(source: str) -> None:
    """The names are case-sensitive, as in the AWS CLI; the hint lists them."""
    with pytest.raises(UsageError, match=f"credential_source of profile 'dev' is '{source}'") as raised:
        resolve_profile(f"[profile dev]\nrole_arn = {ROLE}dev\ncredential_source = {source}\n", "dev")
    assert raised.value.hint == "use Environment, Ec2InstanceMetadata or EcsContainer"


def test_credential_source_without_a_role_is_refused() -> None:
    """The SDKs use it only to assume a role."""
    with pytest.raises(UsageError, match="'dev' has a credential_source, but no role to assume") as raised:
        resolve_profile("[profile dev]\ncredential_source = Environment\n", "dev")
    assert raised.value.hint == "add role_arn = … to [profile dev]"


@pytest.mark.parametrize(
    ("key", "settings"),
    [
        ("credential_process", PROCESS),
        ("web_identity_token_process", f"role_arn = {ROLE}ci\nweb_identity_token_process = tool\n"),
    ],
)
def test_program_that_asks_for_its_own_profile_is_refused(key: str, settings: str) -> None:
    """It would wait for itself forever; the error shows the loop."""
    profiles = make_profiles(f"[profile dev]\n{settings}", SHELLVAULT_ASKED="dev")
    with pytest.raises(UsageError, match=f"{key} loops: dev -> dev$") as raised:
        resolve.resolve("dev", profiles, resolve.SessionOptions())
    assert raised.value.hint.endswith("or: shellvault add dev")


def test_program_may_ask_for_another_profile() -> None:
    """Only a program that is already running is refused."""
    text = f"[profile outer]\ncredential_process = shellvault export dev\n[profile dev]\n{PROCESS}"
    profiles = make_profiles(text, SHELLVAULT_ASKED="outer")
    assert isinstance(resolve.resolve("dev", profiles, resolve.SessionOptions()).chain, Process)


@pytest.mark.parametrize("key", ["sso_account_id", "sso_role_name"])
def test_sso_profile_without_account_or_role_is_refused(key: str) -> None:
    """The error names the missing setting."""
    settings = "".join(line for line in SSO_KEYS.splitlines(keepends=True) if not line.startswith(key))
    with pytest.raises(UsageError, match=f"profile 'dev' signs in with SSO, but has no {key}"):
        resolve_profile(f"{SSO}[profile dev]\n{settings}", "dev")


@pytest.mark.parametrize("key", ["sso_start_url", "sso_region"])
def test_incomplete_sso_session_is_refused(key: str) -> None:
    """The error names the section that lacks the setting."""
    session = "".join(line for line in SSO.splitlines(keepends=True) if not line.startswith(key))
    with pytest.raises(UsageError, match=rf"\[sso-session corp\] has no {key}"):
        resolve_profile(f"{session}[profile dev]\n{SSO_KEYS}", "dev")


def test_unknown_sso_session_is_refused() -> None:
    """The hint shows the section to add."""
    with pytest.raises(UsageError, match="'dev' names sso_session 'corp', which is not in the config file") as raised:
        resolve_profile(f"[profile dev]\n{SSO_KEYS}", "dev")
    assert (
        raised.value.hint
        == "add [sso-session corp] with sso_start_url and sso_region, or fix sso_session in [profile dev]"
    )


@pytest.mark.parametrize(
    "spelled",
    [
        "https://corp.awsapps.com/start/",
        "https://corp.awsapps.com/start#",
        "https://corp.awsapps.com/start/#/?tab=accounts",
        "https://corp.awsapps.com/start/?tab=accounts#/",
        "https://corp.awsapps.com:443/start",
        "https://corp.awsapps.com./start",
        "HTTPS://Corp.AWSapps.com/start//",
    ],
)
def test_a_portal_needs_one_sign_in_however_its_url_is_spelled(spelled: str) -> None:
    """People copy the URL from the browser's address bar."""
    usual, other = (
        resolve_profile(f"[sso-session corp]\nsso_start_url = {url}\nsso_region = x\n[profile dev]\n{SSO_KEYS}", "dev")
        for url in ("https://corp.awsapps.com/start", spelled)
    )
    assert other.chain.identity == usual.chain.identity


def test_profile_may_hold_the_sso_settings_itself() -> None:
    """This is the older format, without an sso-session; the sign-in then belongs to the profile."""
    settings = "sso_start_url = https://corp\nsso_region = eu-west-1\nsso_account_id = 1\nsso_role_name = r\n"
    role = resolve_profile(f"[profile dev]\n{settings}", "dev").chain
    assert isinstance(role, SsoRole)
    assert (role.source.profile, role.source.sso_session, role.source.start_url) == ("dev", "", "https://corp")
