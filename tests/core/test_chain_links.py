"""What each link asks AWS for, and what makes two links the same session."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shellvault.core.chain.links import (
    AmbientCredentials,
    AssumeRole,
    FederationToken,
    Link,
    Process,
    SessionToken,
    SignIn,
    SsoRole,
    StoredKey,
    WebIdentity,
)
from shellvault.core.model import KeyPair
from shellvault.core.record import Secret
from tests.core.generated import GENERATED
from tests.core.plans import MFA, ROLE, plan, role, token

KEY = StoredKey("base", "f" * 32)
TOKEN = SessionToken("base", KEY, "", 3600, "us-east-1", "")
FIRST = AssumeRole("dev", KEY, "arn", "name", "", "", 3600, (), (), "", "us-east-1", "")
SIGN_IN = SignIn("corp", "corp", "https://corp", ("scope",), "us-east-1", "")
LINKS = (
    KEY,
    TOKEN,
    FIRST,
    FederationToken("base", KEY, "alice", 3600, "us-east-1", ""),
    SIGN_IN,
    SsoRole("dev", SIGN_IN, "111122223333", "reader", "us-east-1", ""),
    WebIdentity("ci", "arn", "name", "/token", "tool", 3600, "us-east-1", ""),
    Process("tool", "tool --json"),
    AmbientCredentials("dev", "Environment", "detail"),
)

_TEXT = st.text(alphabet="ab:=,0", max_size=4)
_TAGS = st.lists(st.tuples(_TEXT, _TEXT), max_size=2).map(tuple)
_KEYS = st.builds(StoredKey, _TEXT, _TEXT)
_TOKENS = st.builds(SessionToken, st.just("p"), _KEYS, _TEXT, st.integers(1, 99), _TEXT, _TEXT)
_ROLES = st.builds(
    AssumeRole,
    st.just("p"),
    st.one_of(_KEYS, _TOKENS),
    *[_TEXT] * 4,
    st.integers(1, 99),
    _TAGS,
    st.lists(_TEXT, max_size=2).map(tuple),
    *[_TEXT] * 3,
)


@GENERATED
@given(st.one_of(_KEYS, _TOKENS, _ROLES), st.one_of(_KEYS, _TOKENS, _ROLES))
def test_two_links_share_an_identity_only_if_everything_is_equal(
    one: StoredKey | SessionToken | AssumeRole, other: StoredKey | SessionToken | AssumeRole
) -> None:
    """Whatever shaped a session is in its identity, and no two texts run together."""
    assert (one.identity == other.identity) == (one == other)


@pytest.mark.parametrize("link", LINKS, ids=lambda link: type(link).__name__)
def test_every_field_but_the_profiles_name_is_in_the_identity(link: StoredKey | Link) -> None:
    """A field that is added later and forgotten in `identity` fails here."""
    for field in type(link)._fields:
        value = getattr(link, field)
        other = _another(value)
        changed = link.replace(**{field: other}).identity != link.identity
        assert changed is (field != "profile"), field


def _another(value: object) -> object:
    if isinstance(value, StoredKey):
        return value.replace(fingerprint="another")
    if isinstance(value, SignIn):
        return value.replace(start_url="another")
    if isinstance(value, tuple):
        return (("k", "v"),) if value == () else ()
    return f"{value}x" if isinstance(value, str) else 7


def test_a_change_deep_down_is_seen_at_the_top() -> None:
    """Another key at the foot makes every link above it another one."""
    other = KEY.replace(fingerprint="0" * 32)
    hop = FIRST.replace(source=FIRST.replace(source=TOKEN))
    replaced = FIRST.replace(source=FIRST.replace(source=TOKEN.replace(source=other)))
    assert hop.identity != replaced.identity


def test_a_key_pairs_fingerprint_tells_two_apart_and_gives_neither_away() -> None:
    """It depends on the id, holds no part of it, and nothing of the secret."""
    one, other = (KeyPair(f"AKIAIOSFODNN7EXAMPL{end}", Secret("s")) for end in "EF")
    assert one.fingerprint != other.fingerprint
    assert one.fingerprint == one.replace(secret_access_key=Secret("t")).fingerprint
    assert re.fullmatch(r"[0-9a-f]{32}", one.fingerprint)


@pytest.mark.parametrize(
    ("settings", "arn", "region"),
    [
        ("region = eu-west-1\n", f"{ROLE}x", "eu-west-1"),
        ("", f"{ROLE}x", "us-east-1"),
        ("", "arn:aws-cn:iam::1:role/x", "cn-north-1"),
        ("", "arn:aws-us-gov:iam::1:role/x", "us-gov-west-1"),
        ("", "arn:aws-eusc:iam::1:role/x", "eusc-de-east-1"),
        ("region = cn-northwest-1\n", "arn:aws-cn:iam::1:role/x", "cn-northwest-1"),
        ("region = eu-west-1\nsts_regional_endpoints = legacy\n", f"{ROLE}x", "aws-global"),
        ("region = eu-west-1\nsts_regional_endpoints = regional\n", f"{ROLE}x", "eu-west-1"),
        ("sts_regional_endpoints = legacy\n", "arn:aws-cn:iam::1:role/x", "cn-north-1"),
        ("", "no-arn-at-all", "us-east-1"),
    ],
)
def test_the_region_whose_sts_is_asked(settings: str, arn: str, region: str) -> None:
    """The profile's own, else its partition's; the legacy endpoint only where the partition has one."""
    text = f"[profile base]\n[profile dev]\nrole_arn = {arn}\nsource_profile = base\n{settings}"
    assert role(text, "dev", "base").region == region


def test_a_session_tokens_partition_is_read_off_its_device() -> None:
    """A key pair of China with MFA and no region asks China."""
    assert token("[profile cn]\nmfa_serial = arn:aws-cn:iam::1:mfa/me\n", "cn", "cn").region == "cn-north-1"


def test_a_roles_settings_are_in_its_link() -> None:
    """Everything AssumeRole takes, read as aws-vault and the AWS CLI read it."""
    text = (
        f"[profile dev]\nrole_arn = {ROLE}dev\nexternal_id = e 1\nrole_session_name = me\nsource_identity = alice\n"
        "session_tags = Team = core , Url=a=b,Empty=\ntransitive_session_tags = Team , ,Url\nregion = eu-west-1\n"
    )
    link = role(text, "dev", "dev")
    assert link.external_id == "e 1"
    assert link.role_session_name == "me"
    assert link.source_identity == "alice"
    assert link.session_tags == (("Team", "core"), ("Url", "a=b"), ("Empty", ""))
    assert link.transitive_session_tags == ("Team", "Url")


def _fits_a_header(name: str) -> bool:
    return name.isprintable() and name == name.strip() and "  " not in name and not set(name) & set("'\"[]")


@GENERATED
@given(st.text(min_size=1, max_size=80).filter(_fits_a_header))
@example("a" * 80)
def test_a_session_name_is_always_one_that_aws_takes(name: str) -> None:
    """Made from the profile's name: 2 to 64 of the characters that AWS allows."""
    link = role(f"[profile {name}]\nrole_arn = {ROLE}x\n", name, name)
    assert re.fullmatch(r"[\w+=,.@-]{2,64}", link.role_session_name, re.ASCII)
    assert link.role_session_name.startswith("shellvault-")


def test_a_link_reads_only_what_its_own_profile_says() -> None:
    """The role's external id is not its source's, and the source's region is not the role's."""
    text = (
        f"[profile base]\nregion = eu-west-1\nmfa_serial = {MFA}\nexternal_id = no\n"
        f"[profile dev]\nrole_arn = {ROLE}dev\nsource_profile = base\nregion = eu-north-1\n"
    )
    link = role(text, "dev", "base")
    assert (link.region, link.external_id) == ("eu-north-1", "")
    assert isinstance(link.source, SessionToken)
    assert link.source.region == "eu-west-1"


def test_a_plan_is_a_value() -> None:
    """The same question has an equal answer, and nothing in it can be changed."""
    text = f"[profile dev]\nrole_arn = {ROLE}dev\n"
    made = plan(text, "dev", "dev")
    assert made == plan(text, "dev", "dev")
    with pytest.raises(AttributeError, match="cannot be changed"):
        setattr(made.chain, "duration", 1)  # noqa: B010 - mypy would not let us write it plainly
