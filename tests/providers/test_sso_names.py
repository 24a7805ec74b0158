"""The names of new profiles: templates, names that collide, and patterns."""

from __future__ import annotations

import pytest

from shellvault.commands.sso_assignments import OfferedRole, SsoDirectory
from shellvault.commands.sso_patterns import RoleProfile, parse_patterns
from shellvault.commands.sso_profile_names import NameTemplate, name_profiles
from shellvault.core.chain.sso_links import SignIn
from shellvault.core.errors import UsageError
from shellvault.core.model import Profile
from shellvault.providers.sso_provider import Assignment

LINK = SignIn("Corp", "Corp", "https://corp", (), "eu-west-1", "")
DIRECTORY = SsoDirectory(Profile("corp", ("corp",), {}), LINK, 0, True, ())  # noqa: FBT003


def offer(account: str, role: str, number: int = 1) -> OfferedRole:
    """Return a role of an account with this name."""
    return OfferedRole(Assignment(f"{number:012}", account, role), DIRECTORY)


@pytest.mark.parametrize(
    ("template", "prefix", "name"),
    [
        ("", "", "payments-prod-admin"),
        ("{account}-{role}", "", "payments-prod-Admin"),
        ("{account}/{role}", "", "payments-prod/Admin"),
        ("{role}@{account_id}", "", "Admin@000000000001"),
        ("{account_id}:{role}", "AWS ", "AWS 000000000001:Admin"),
        ("", "{session}-", "Corp-payments-prod-admin"),
        ("", "x y/", "x y/payments-prod-admin"),
        ("{role}", "{account}.", "payments-prod.Admin"),
        ("{{{role}}}", "", "{Admin}"),
        ("$(touch x)", "", "$(touch x)"),
        ("🚀é", "", "🚀é"),
        ("default", "", "default-000000000001-Admin"),
    ],
)
def test_a_template_is_taken_as_it_is_written(template: str, prefix: str, name: str) -> None:
    """Only an account's name is made easy to type, and the usual name is in lower case; none is `default`."""
    roles = [offer("Payments Prod", "Admin")]
    assert list(name_profiles(roles, NameTemplate(template, prefix), roles, ())) == [name]


@pytest.mark.parametrize(
    ("template", "name"), [("{session}-{role}", "x"), ("{role} {session}", "x"), ("{session}", "000000000001--x")]
)
def test_no_name_begins_with_a_dash(template: str, name: str) -> None:
    """Not even those of a sign-in without an sso-session, or of a role that begins with one."""
    directory = DIRECTORY.replace(link=LINK.replace(sso_session=""))
    roles = [OfferedRole(Assignment("000000000001", "Payments", "-x"), directory)]
    assert list(name_profiles(roles, NameTemplate(template), roles, ())) == [name]


@pytest.mark.parametrize(
    ("template", "prefix", "said"),
    [
        ("{role}]", "", "--template: ']' cannot be in a profile's name"),
        ("{role}\n[profile x]", "", "--template: '\\n[profile x]' cannot be in"),
        ("", "a'b", '--prefix: "a\'b" cannot be in'),
        ("a\\b", "", "--template: 'a\\\\b' cannot be in"),
        ("a\tb", "", "--template: 'a\\tb' cannot be in"),
        ("-{role}", "", "make names such as '-Role', which a profile cannot have"),
        ("", "--", "make names such as '--account', which"),
        ("{role} ", "", "make names such as 'Role ', which"),
        (" ", "", "make names such as ' ', which"),
    ],
)
def test_what_no_name_can_hold_is_refused(template: str, prefix: str, said: str) -> None:
    """As for the names of key pairs."""
    with pytest.raises(UsageError) as raised:
        NameTemplate(template, prefix)
    assert said in raised.value.message


def test_a_session_whose_name_no_profile_can_have_is_refused() -> None:
    """It is known only once the config file was read."""
    role = OfferedRole(Assignment("000000000001", "A", "r"), DIRECTORY.replace(link=LINK.replace(sso_session="a]b")))
    with pytest.raises(UsageError) as raised:
        NameTemplate("{session}/{role}").short(role)
    assert "names such as 'a]b/r', which a profile cannot have" in raised.value.message


@pytest.mark.parametrize(
    "template", ["{", "}", "{account", "{}", "{0}", "{account.x}", "{role!r}", "{role:>9}", "{ROLE}"]
)
def test_another_field_is_an_error(template: str) -> None:
    """Python's own ways to look into values do not work."""
    with pytest.raises(UsageError) as raised:
        NameTemplate(template)
    assert raised.value.hint == "the fields are {account}, {account_id}, {role}, {session}"


@pytest.mark.parametrize(
    ("template", "names"),
    [
        ("", ["a-000000000001-r", "a-000000000002-r", "a-s-2"]),
        ("{account}", ["a-000000000001-r", "a-000000000002-r", "a-000000000001-s"]),
        ("{role}", ["r-000000000001", "r-000000000002", "s"]),
        ("all", ["all-000000000001-r", "all-000000000002-r", "all-000000000001-s"]),
    ],
)
def test_names_that_collide_get_the_accounts_number(template: str, names: list[str]) -> None:
    """Even if only one of the accounts still needs a profile; a name that is taken is never used."""
    offered = [offer("A", "r", 1), offer("a", "r", 2), offer("A", "s", 1)]
    taken = ["a-s", "a-000000000001-s"] if not template else ["x"]
    found = list(name_profiles(offered, NameTemplate(template), offered, taken))
    assert found == [name if name != "a-s-2" else "a-000000000001-s-2" for name in names]
    assert list(name_profiles(offered[1:], NameTemplate(template), offered, taken)) == found[1:]


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        (None, True),
        ("pay-*", True),
        ("x,pay-admin", True),
        ("Pay-*", False),
        ("account=Pay*", True),
        ("account=000000000001", True),
        ("account=x,account=Pay Ments", True),
        ("role=Admin,account=x", False),
        ("role=[AB]*, x*", False),
    ],
)
def test_patterns_of_one_kind_are_alternatives(text: str | None, matches: bool) -> None:  # noqa: FBT001 - a table's column
    """Each kind must match: `account=…` the name or number, `role=…`, and without either the profile's name."""
    profile = RoleProfile("pay-admin", "000000000001", "Pay Ments", "Admin")
    assert parse_patterns(text).match(profile) == matches
