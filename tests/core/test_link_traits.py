"""The traits of every kind of link: what the rest of the program asks instead of a link's type."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from shellvault.core.chain.federation import resolve_federation
from shellvault.core.chain.links import (
    AssumeRole,
    FederationToken,
    Link,
    SessionToken,
    StoredKey,
    key_name,
    root_of,
)
from shellvault.core.chain.root_credentials import (
    CONTAINER,
    ENVIRONMENT,
    INSTANCE,
    LOGIN,
    AmbientCredentials,
    Process,
    WebIdentity,
)
from shellvault.core.chain.sso_links import SignIn, SsoRole
from tests.core.chain_resolution import MFA, ROLE, make_profiles, resolve_profile

KEY = StoredKey("base", "f" * 32)
TOKEN = SessionToken("base", KEY, MFA, 900, "eu-west-1", "")
ASSUMED = AssumeRole("dev", TOKEN, f"{ROLE}dev", "me", "", "", 1800, (), (), "", "eu-west-1", "")
TAGGED = ASSUMED.replace(
    external_id="e",
    session_tags=(("Team", "core"), ("Url", "a=b")),
    transitive_session_tags=("Team",),
    source_identity="alice",
)
FEDERATED = FederationToken("base", KEY, "alice", 3600, "eu-west-1", "")
SIGN_IN = SignIn("corp", "corp", "https://corp", ("scope",), "eu-west-1", "")
SSO_ROLE = SsoRole("dev", SIGN_IN, "111122223333", "reader", "eu-west-1", "")
WEB = WebIdentity("ci", f"{ROLE}ci", "me", "/token", "", 3600, "eu-west-1", "")
PROCESS = Process("tool", "tool --json")


ACCOUNTS = (
    (KEY, ""),
    (TOKEN, ""),
    (ASSUMED, "111122223333"),
    (ASSUMED.replace(role_arn="arn:aws-cn:iam::444455556666:role/dev"), "444455556666"),
    (ASSUMED.replace(role_arn="reader"), ""),
    (ASSUMED.replace(role_arn="arn:aws:iam::1234:role/dev"), ""),
    (ASSUMED.replace(role_arn="arn:aws:iam::11112222333\u0663:role/dev"), ""),
    (FEDERATED, ""),
    (SIGN_IN, ""),
    (SSO_ROLE, "111122223333"),
    (SSO_ROLE.replace(account_id="corp"), ""),
    (WEB, "111122223333"),
    (PROCESS, ""),
    (AmbientCredentials("dev", LOGIN, "arn:aws:sts::444455556666:assumed-role/dev/me"), "444455556666"),
    (AmbientCredentials("dev", LOGIN, "me"), ""),
    (AmbientCredentials("dev", ENVIRONMENT, "arn:aws:sts::444455556666:assumed-role/dev/me"), ""),
)


def ambient(origin: str) -> AmbientCredentials:
    """Return the link for credentials of this origin."""
    return AmbientCredentials("dev", origin, "detail", is_role_session=origin in (INSTANCE, CONTAINER))


class Traits(NamedTuple):
    """The traits that a link must have; the defaults are those of most links."""

    kind: str
    service: str = ""
    operation: str = ""
    takes_duration: bool = False
    assumes_role: bool = False
    is_role_session: bool = True
    stored_key: StoredKey | None = None
    own_key: StoredKey | None = None


TABLE = [
    (KEY, Traits("", is_role_session=False, stored_key=KEY, own_key=KEY)),
    (TOKEN, Traits("sts.GetSessionToken", "sts", "get_session_token", takes_duration=True, own_key=KEY)),
    (FEDERATED, Traits("sts.GetFederationToken", "sts", "get_federation_token", takes_duration=True)),
    (ASSUMED, Traits("sts.AssumeRole", "sts", "assume_role", takes_duration=True, assumes_role=True)),
    (SIGN_IN, Traits("sso.SignIn", "sso-oidc")),
    (SSO_ROLE, Traits("sso.GetRoleCredentials", "sso", "get_role_credentials")),
    (
        WEB,
        Traits(
            "sts.AssumeRoleWithWebIdentity",
            "sts",
            "assume_role_with_web_identity",
            takes_duration=True,
            assumes_role=True,
        ),
    ),
    (PROCESS, Traits("process", is_role_session=False)),
    (ambient(ENVIRONMENT), Traits("provided", is_role_session=False)),
    (ambient(LOGIN), Traits("provided", is_role_session=False)),
    (ambient(INSTANCE), Traits("provided")),
    (ambient(CONTAINER), Traits("provided")),
]


@pytest.mark.parametrize(("link", "traits"), TABLE)
def test_link_has_these_traits(link: Link, traits: Traits) -> None:
    """Each trait is compared by name."""
    assert {name: getattr(link, name) for name in Traits._fields} == traits._asdict()


def test_table_covers_every_kind_of_link() -> None:
    """A new kind must be given its traits here."""
    assert {type(link) for link, _ in TABLE} == set(Link.__subclasses__())


@pytest.mark.parametrize(
    ("link", "parameters"),
    [
        (KEY, {}),
        (TOKEN, {"DurationSeconds": 900}),
        (ASSUMED, {"RoleArn": f"{ROLE}dev", "RoleSessionName": "me", "DurationSeconds": 1800}),
        (
            TAGGED,
            {
                "RoleArn": f"{ROLE}dev",
                "RoleSessionName": "me",
                "DurationSeconds": 1800,
                "ExternalId": "e",
                "SourceIdentity": "alice",
                "Tags": [{"Key": "Team", "Value": "core"}, {"Key": "Url", "Value": "a=b"}],
                "TransitiveTagKeys": ["Team"],
            },
        ),
        (SIGN_IN, {}),
        (SSO_ROLE, {"roleName": "reader", "accountId": "111122223333"}),
        (WEB, {"RoleArn": f"{ROLE}ci", "RoleSessionName": "me", "DurationSeconds": 3600}),
        (PROCESS, {}),
        (ambient(ENVIRONMENT), {}),
    ],
)
def test_request_holds_the_parameters_of_the_call(link: Link, parameters: dict[str, object]) -> None:
    """Empty parameters are left out; MFA codes and tokens are added by the provider."""
    assert link.request() == parameters


def test_federated_user_may_do_what_the_key_pair_may() -> None:
    """The session policy allows everything; AWS intersects it with the user's own permissions."""
    request = FEDERATED.request()
    assert (request["Name"], request["DurationSeconds"]) == ("alice", 3600)
    assert request["Policy"] == (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
    )


@pytest.mark.parametrize(("link", "hint"), [(ASSUMED, "trust policy"), (FEDERATED, "sts:GetFederationToken")])
def test_link_hints_at_what_to_try_when_access_is_denied(link: Link, hint: str) -> None:
    """The hint names what the user can change."""
    assert hint in link.denied_hint


@pytest.mark.parametrize("link", [link for link, _ in TABLE if link is not ASSUMED and link is not FEDERATED])
def test_other_links_have_no_hint(link: Link) -> None:
    """AWS's message is all there is to say."""
    assert link.denied_hint == ""


def test_duration_of_a_web_identity_can_be_changed() -> None:
    """Nothing else changes, and the original link stays."""
    assert WEB.with_duration(900) == WEB.replace(duration=900)
    assert WEB.duration == 3600


@pytest.mark.parametrize("link", [link for link, _ in TABLE if link is not WEB])
def test_duration_of_other_links_cannot_be_changed(link: Link) -> None:
    """They get their duration when they are built, or take none."""
    with pytest.raises(NotImplementedError, match=f"{type(link).__name__} takes no duration of 900 s"):
        link.with_duration(900)


@pytest.mark.parametrize(
    ("link", "root"),
    [(KEY, KEY), (TAGGED, KEY), (ASSUMED.replace(source=ASSUMED), KEY), (SSO_ROLE, SIGN_IN), (PROCESS, PROCESS)],
)
def test_root_of_a_chain_is_its_lowest_link(link: Link, root: Link) -> None:
    """`key_name` is the root's name if it is a key pair, and empty otherwise."""
    assert root_of(link) == root
    assert key_name(link) == ("base" if root == KEY else "")


@pytest.mark.parametrize(
    ("text", "requested", "duration", "name"),
    [
        ("", 0, 3600, ""),
        ("", 900, 900, ""),
        ("duration_seconds = 2h\n", 0, 7200, ""),
        ("duration_seconds = 2h\n", 900, 900, ""),
        ("", 37 * 3600, 36 * 3600, ""),
        (f"role_session_name = {'x' * 40}\n", 0, 3600, "x" * 32),
    ],
)
def test_federation_takes_its_parameters_from_the_profile(text: str, requested: int, duration: int, name: str) -> None:
    """AWS allows 36 hours and names of 32 characters."""
    text = f"[profile base]\nregion = eu-west-1\n{text}"
    resolved = resolve_profile(text, "base", "base")
    link = resolve_federation(resolved.chain, resolved.profile, make_profiles(text, "base"), requested)
    assert link is not None
    assert (link.duration, link.name, link.region, link.source) == (duration, name, "eu-west-1", resolved.chain.own_key)


@pytest.mark.parametrize("no_session", [False, True])
def test_federation_is_only_for_a_key_pair_and_its_session(no_session: bool) -> None:  # noqa: FBT001 - a table's column
    """A role's session opens the console as it is."""
    text = f"[profile base]\n[profile dev]\nrole_arn = {ROLE}dev\nsource_profile = base\n[profile tool]\n"
    text += "credential_process = tool\n"
    for name, expected in (("base", True), ("dev", False), ("tool", False)):
        resolved = resolve_profile(text, name, "base", no_session=no_session)
        assert (
            resolve_federation(resolved.chain, resolved.profile, make_profiles(text, "base"), 0) is not None
        ) is expected


@pytest.mark.parametrize(("link", "account"), ACCOUNTS)
def test_account_comes_from_the_link_itself(link: Link, account: str) -> None:
    """It does not come from the credentials below it. An invalid account id counts as none."""
    assert link.account == account
