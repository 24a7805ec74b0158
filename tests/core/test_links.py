"""What each link asks AWS for, and when two links mean the same session."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shellvault.core.chain.links import (
    AssumeRole,
    FederationToken,
    SessionToken,
    StoredKey,
)
from shellvault.core.chain.root_credentials import AmbientCredentials, Process, WebIdentity
from shellvault.core.chain.sso_links import SignIn, SsoRole
from shellvault.core.chain.sts_parameters import make_session_name, require_session_name
from shellvault.core.model import KeyPair
from shellvault.core.record import Record, Secret
from tests.core.chain_resolution import MFA, ROLE, resolve_profile, resolve_role, resolve_session_token
from tests.core.generated import GENERATED

if TYPE_CHECKING:
    from shellvault.core.chain.links import Link

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
def test_links_share_an_identity_only_if_every_field_is_equal(
    one: StoredKey | SessionToken | AssumeRole, other: StoredKey | SessionToken | AssumeRole
) -> None:
    """No two neighbouring texts run together either."""
    assert (one.identity == other.identity) == (one == other)


@pytest.mark.parametrize("link", LINKS, ids=lambda link: type(link).__name__)
def test_identity_covers_every_field_except_labels(link: Link) -> None:
    """This fails for a new field that `identity` leaves out."""
    assert isinstance(link, Record)
    for field in type(link)._fields:
        value = getattr(link, field)
        other = _different(value)
        changed = link.replace(**{field: other}).identity != link.identity
        assert changed is (field not in ("profile", "sso_session", "spelled_url", "scope")), field


def _different(value: object) -> object:
    if isinstance(value, StoredKey):
        return value.replace(fingerprint="another")
    if isinstance(value, SignIn):
        return value.replace(start_url="another")
    if isinstance(value, tuple):
        return (("k", "v"),) if value == () else ()
    return f"{value}x" if isinstance(value, str) else 7


def test_identity_depends_on_the_whole_chain() -> None:
    """Another key pair at the root changes the identity of every link above it."""
    other = KEY.replace(fingerprint="0" * 32)
    hop = FIRST.replace(source=FIRST.replace(source=TOKEN))
    replaced = FIRST.replace(source=FIRST.replace(source=TOKEN.replace(source=other)))
    assert hop.identity != replaced.identity


def test_fingerprint_distinguishes_key_pairs_and_reveals_nothing() -> None:
    """It depends on the key id alone, and contains no part of it."""
    one, other = (KeyPair(f"AKIAIOSFODNN7EXAMPL{end}", Secret("s")) for end in "EF")
    assert one.fingerprint != other.fingerprint
    assert one.fingerprint == one.replace(secret_access_key=Secret("t")).fingerprint
    assert re.fullmatch(r"[0-9a-f]{32}", one.fingerprint)


@pytest.mark.parametrize(
    ("settings", "arn", "region"),
    [
        ("region = eu-west-1\n", f"{ROLE}x", "eu-west-1"),
        ("", f"{ROLE}x", "us-east-1"),
        ("", "arn:aws-cn:iam::111122223333:role/x", "cn-north-1"),
        ("", "arn:aws-us-gov:iam::111122223333:role/x", "us-gov-west-1"),
        ("", "arn:aws-eusc:iam::111122223333:role/x", "eusc-de-east-1"),
        ("", "arn:aws-iso:iam::111122223333:role/x", "us-iso-east-1"),
        ("", "arn:aws-iso-b:iam::111122223333:role/x", "us-isob-east-1"),
        ("", "arn:aws-iso-e:iam::111122223333:role/x", "eu-isoe-west-1"),
        ("", "arn:aws-iso-f:iam::111122223333:role/x", "us-isof-south-1"),
        ("region = cn-northwest-1\n", "arn:aws-cn:iam::111122223333:role/x", "cn-northwest-1"),
        ("region = eu-west-1\nsts_regional_endpoints = legacy\n", f"{ROLE}x", "aws-global"),
        ("region = eu-west-1\nsts_regional_endpoints = regional\n", f"{ROLE}x", "eu-west-1"),
        ("sts_regional_endpoints = legacy\n", "arn:aws-cn:iam::111122223333:role/x", "cn-north-1"),
    ],
)
def test_sts_region_of_a_role(settings: str, arn: str, region: str) -> None:
    """The profile's region comes first, then its partition's; only the partition `aws` has a legacy endpoint."""
    text = f"[profile base]\n[profile dev]\nrole_arn = {arn}\nsource_profile = base\n{settings}"
    assert resolve_role(text, "dev", "base").region == region


def test_sts_region_of_a_session_token_follows_its_mfa_device() -> None:
    """A key pair in China with MFA and no region uses STS in China."""
    text = "[profile cn]\nmfa_serial = arn:aws-cn:iam::111122223333:mfa/me\n"
    assert resolve_session_token(text, "cn", "cn").region == "cn-north-1"


def test_role_carries_the_settings_of_its_profile() -> None:
    """Every setting of AssumeRole is read as aws-vault and the AWS CLI read it."""
    text = (
        f"[profile dev]\nrole_arn = {ROLE}dev\nexternal_id = e 1\nrole_session_name = me\nsource_identity = alice\n"
        "session_tags = Team = core , Url=a=b,Empty=\ntransitive_session_tags = Team , ,Url\nregion = eu-west-1\n"
    )
    role = resolve_role(text, "dev", "dev")
    assert role.external_id == "e 1"
    assert role.role_session_name == "me"
    assert role.source_identity == "alice"
    assert role.session_tags == (("Team", "core"), ("Url", "a=b"), ("Empty", ""))
    assert role.transitive_session_tags == ("Team", "Url")


@GENERATED
@given(st.text(min_size=1, max_size=80))
@example("a" * 80)
def test_session_name_from_any_user_and_host_is_valid(name: str) -> None:
    """AWS accepts 2 to 64 of these characters."""
    found = make_session_name(f"{name}@{name}", 64)
    assert re.fullmatch(r"[\w+=,.@-]{2,64}", found, re.ASCII)
    require_session_name(found, "it")


def test_each_link_uses_only_the_settings_of_its_own_profile() -> None:
    """A role does not inherit the external id or the region of its source."""
    text = (
        f"[profile base]\nregion = eu-west-1\nmfa_serial = {MFA}\nexternal_id = no\n"
        f"[profile dev]\nrole_arn = {ROLE}dev\nsource_profile = base\nregion = eu-north-1\n"
    )
    role = resolve_role(text, "dev", "base")
    assert (role.region, role.external_id) == ("eu-north-1", "")
    assert isinstance(role.source, SessionToken)
    assert role.source.region == "eu-west-1"


def test_resolved_chain_is_an_immutable_value() -> None:
    """Resolving a profile twice gives equal chains."""
    text = f"[profile dev]\nrole_arn = {ROLE}dev\n"
    resolved = resolve_profile(text, "dev", "dev")
    assert resolved == resolve_profile(text, "dev", "dev")
    with pytest.raises(AttributeError, match="cannot be changed"):
        setattr(resolved.chain, "duration", 1)  # noqa: B010 - mypy rejects a plain assignment
