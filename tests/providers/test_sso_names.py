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

LINK = SignIn("corp", "corp", "https://corp", (), "eu-west-1", "")
DIRECTORY = SsoDirectory(Profile("corp", ("corp",), {}), LINK, 0, True, ())  # noqa: FBT003


def offer(account: str, role: str, number: int = 1) -> OfferedRole:
    """Return a role of an account with this name."""
    return OfferedRole(Assignment(f"{number:012}", account, role), DIRECTORY)


@pytest.mark.parametrize(
    ("template", "prefix", "name"),
    [
        ("", "", "payments-prod-admin"),
        ("{account}-{role}", "", "payments-prod-admin"),
        ("{role}@{account_id}", "", "admin-000000000001"),
        ("AWS {session}.{account}", "", "aws-corp.payments-prod"),
        ("", "{session}-", "corp-payments-prod-admin"),
        ("", "x", "xpayments-prod-admin"),
        ("{{{role}}}", "", "admin"),
        ("$(touch x)", "", "touch-x"),
        ("🚀", "", "000000000001-admin"),
        ("default", "", "default-000000000001-admin"),
    ],
)
def test_a_template_makes_a_safe_name(template: str, prefix: str, name: str) -> None:
    """In lower case, with - for what a shell might interpret; never empty, and never `default`."""
    roles = [offer("Payments Prod", "Admin")]
    assert list(name_profiles(roles, NameTemplate(template, prefix), roles, ())) == [name]


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
