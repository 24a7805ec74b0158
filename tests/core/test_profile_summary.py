"""What lists say of a profile, from its settings alone: account, role, region and source."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shellvault.core.chain.resolve import SessionOptions, resolve
from shellvault.core.errors import ShellvaultError
from shellvault.core.model import role_in
from shellvault.core.profile_summary import ProfileSummary, summarize, summarize_all
from tests.core.chain_resolution import make_profiles
from tests.core.generated import GENERATED

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/team/Admin"
MFA = "arn:aws:iam::444455556666:mfa/alice"
SSO = f"sso_account_id = {ACCOUNT}\nsso_role_name = Admin"
CORP = "[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = us-east-1\n"
ADMIN = (ACCOUNT, "Admin")


@pytest.mark.parametrize(
    ("settings", "account_and_role", "source"),
    [
        (f"role_arn = {ROLE}\nsource_profile = base", ADMIN, "base"),
        (f"role_arn = {ROLE}\nsource_profile = dev", ADMIN, ""),
        (f"role_arn = {ROLE}\nsource_profile = missing", ADMIN, ""),
        (f"role_arn = {ROLE}\nsource_profile = loop", ADMIN, ""),
        (f"role_arn = {ROLE}\nsource_profile = base\ncredential_source = Environment", ADMIN, ""),
        (f"role_arn = {ROLE}\ncredential_source = Environment", ADMIN, "environment"),
        (f"role_arn = {ROLE}\ncredential_source = Ec2InstanceMetadata", ADMIN, "instance"),
        (f"role_arn = {ROLE}\ncredential_source = EcsContainer", ADMIN, "container"),
        (f"role_arn = {ROLE}\nweb_identity_token_file = /t", ADMIN, "web identity"),
        (f"role_arn = {ROLE}\nweb_identity_token_process = t", ADMIN, "web identity"),
        (f"sso_session = corp\n{SSO}", ADMIN, "sso corp"),
        (f"sso_start_url = https://d-1.awsapps.com/start/\nsso_region = x\n{SSO}", ADMIN, "sso d-1.awsapps.com"),
        (f"sso_session = other\n{SSO}", ("", ""), ""),
        ("credential_process = some program", ("", ""), "process"),
        (f"login_session = arn:aws:iam::{ACCOUNT}:user/alice", (ACCOUNT, ""), "aws login"),
        (f"login_session = arn:aws:sts::{ACCOUNT}:assumed-role/Admin/alice", ADMIN, "aws login"),
        ("source_profile = base", ("444455556666", ""), "base"),
        ("source_profile = above", ADMIN, "above"),
        ("include_profile = above", ADMIN, "base"),
        ("source_profile = heir", (ACCOUNT, "Heir"), "heir"),
        (f"role_arn = {ROLE}\nsource_profile = keyed", ADMIN, "keyed"),
        ("include_profile = dev", None, ""),
        ("include_profile = mising", None, ""),
        ("include_profile = bas", None, ""),
        ("include_profile = bare", ("", ""), ""),
        ("role_arn = nonsense\nsource_profile = base", ("", ""), "base"),
    ],
)
def test_each_kind_of_profile_has_its_summary(
    settings: str, account_and_role: tuple[str, str] | None, source: str
) -> None:
    """A profile that nothing gives credentials has no source; all else that its settings say stays.

    Nothing is known of one whose `include_profile` is wrong.
    """
    text = (
        f"[profile dev]\nregion = eu-west-1\n{settings}\n{CORP}[profile base]\nmfa_serial = {MFA}\n[profile bare]\n"
        f"[profile above]\nrole_arn = {ROLE}\nsource_profile = base\n[profile loop]\nsource_profile = dev\n"
        f"[profile heir]\nrole_arn = arn:aws:iam::{ACCOUNT}:role/Heir\ninclude_profile = base\n"
        f"[profile keyed]\nrole_arn = {ROLE}\nsource_profile = missing\n"
    )
    known = (*account_and_role, "eu-west-1", source) if account_and_role else ()
    assert summarize("dev", make_profiles(text, "base", "keyed")) == ProfileSummary("dev", *known)


def test_names_without_a_profile_have_a_summary_too() -> None:
    """A key pair, a session that is called `account/role`, and anything else."""
    profiles = make_profiles("", "stored", "12/34")
    assert summarize("stored", profiles) == ProfileSummary("stored", source="key pair")
    assert summarize("12/34", profiles).source == "key pair"
    assert summarize(f"{ACCOUNT}/Admin", profiles) == ProfileSummary(f"{ACCOUNT}/Admin", *ADMIN)
    assert summarize("gone", profiles) == ProfileSummary("gone")


@pytest.mark.parametrize("arn", ["", "x", "role/x", "arn:aws:iam::1:user/a", "arn:aws:iam::1:role", ":::::role/"])
def test_what_names_no_role_gives_none(arn: str) -> None:
    """Whatever the file says."""
    assert role_in(arn) == ""


def test_a_chain_that_is_too_long_leads_nowhere() -> None:
    """As everywhere else, fifty profiles are the most."""
    text = "".join(f"[profile p{number}]\nsource_profile = p{number + 1}\n" for number in range(60))
    profiles = make_profiles(text, "p60")
    assert [summarize(f"p{start}", profiles).source for start in (10, 11)] == ["", "p12"]
    assert [found.source for found in summarize_all(("p58", "p10", "p11"), profiles)] == ["p59", "", "p12"]


def test_a_loop_is_one_whatever_was_found_out_before() -> None:
    """A key pair ends the way from `below`, but not the way from its own profile, which names a role."""
    text = f"[profile below]\nsource_profile = keyed\n[profile keyed]\nrole_arn = {ROLE}\nsource_profile = below\n"
    found = summarize_all(("below", "keyed"), make_profiles(text, "keyed"))
    assert [each.source for each in found] == ["keyed", ""]


NAMES = ("one", "two", "three")
SETTINGS = st.dictionaries(
    st.sampled_from(
        [
            *("role_arn", "source_profile", "source_profile", "credential_source", "web_identity_token_file"),
            *("sso_session", "login_session", "credential_process", "include_profile", "mfa_serial"),
        ]
    ),
    st.sampled_from((*NAMES, "four")),
    max_size=3,
)


@GENERATED
@given(st.lists(SETTINGS, min_size=3, max_size=3), st.sets(st.sampled_from(NAMES)))
def test_a_summary_never_contradicts_the_chain(sections: list[dict[str, str]], keys: set[str]) -> None:
    """It has a source if and only if the profile can be used, and the account and role of what is then obtained."""
    text = CORP + "".join(_write_section(*each) for each in zip(NAMES, sections, strict=True))
    profiles = make_profiles(text, *keys)
    for name, found in zip(NAMES, summarize_all(NAMES, profiles), strict=True):
        assert found == summarize(name, profiles)
        try:
            chain = resolve(name, profiles, SessionOptions()).chain
        except ShellvaultError:
            assert found.source == "", text
            continue
        role = chain.role_arn.rpartition("/")[2] or getattr(chain, "role_name", "")
        assert found.source, text
        assert (chain.account or found.account, role) == (found.account, found.role), text


def _write_section(name: str, settings: dict[str, str]) -> str:
    """Return a section in which each setting has a value of its kind; names stay."""
    values = {
        "role_arn": f"arn:aws:iam::{ACCOUNT}:role/{name}",
        "credential_source": "Environment",
        "sso_session": f"corp\nsso_account_id = 777788889999\nsso_role_name = sso-{name}",
        "login_session": f"arn:aws:sts::222233334444:user/{name}",
        "mfa_serial": MFA,
    }
    lines = [f"{key} = {values.get(key, value)}\n" for key, value in settings.items()]
    return f"[profile {name}]\n{''.join(lines)}"
