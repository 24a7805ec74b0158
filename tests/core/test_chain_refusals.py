"""Profiles that lead nowhere: each error says what is wrong, where, and what to add."""

from __future__ import annotations

import pytest

from shellvault.core.errors import NoKeyPairError, NoSuchProfileError, UsageError
from tests.core.plans import ROLE, plan, role


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("[profile a]\nrole_arn=r\nsource_profile=b\n[profile b]\nsource_profile=a\n", "a -> b -> a"),
        (
            "[profile a]\nsource_profile=b\n[profile b]\nsource_profile=c\n[profile c]\nsource_profile=b\n",
            "a -> b -> c -> b",
        ),
    ],
)
def test_a_circle_of_sources_is_named(text: str, path: str) -> None:
    """The error shows the way round, and the hint the way out."""
    with pytest.raises(UsageError, match=f"source_profile goes in a circle: {path}$") as raised:
        plan(text, "a")
    assert raised.value.hint == "let one of them name a profile with a key pair of its own"


def test_a_key_pair_ends_a_circle() -> None:
    """What has credentials of its own needs no source."""
    text = f"[profile a]\nrole_arn={ROLE}a\nsource_profile=b\n[profile b]\nsource_profile=a\n"
    assert plan(text, "a", "b").profile.name == "a"


def test_a_source_that_is_not_there_is_named() -> None:
    """Both profiles are in the message, and the hint says how to make the missing one."""
    with pytest.raises(UsageError, match="'dev' names source_profile 'gone', which is neither") as raised:
        plan("[profile dev]\nrole_arn = r\nsource_profile = gone\n", "dev")
    assert raised.value.hint == "shellvault add gone"


def test_a_role_with_neither_source_nor_key_says_what_to_add() -> None:
    """Never [default]'s credentials, though there are some."""
    with pytest.raises(NoKeyPairError, match="'dev' has a role_arn but no key pair leads to it") as raised:
        plan("[default]\n[profile dev]\nrole_arn = r\n", "dev", "default")
    assert raised.value.hint == "add source_profile = NAME to [profile dev], or run: shellvault add dev"
    assert raised.value.status == 4


def test_a_profile_without_a_key_pair_says_what_to_type() -> None:
    """The commonest mistake of a first day."""
    with pytest.raises(NoKeyPairError, match="no key pair is stored for profile 'dev'") as raised:
        plan("[profile dev]\nregion = x\n", "dev", "other")
    assert (raised.value.hint, raised.value.status) == ("shellvault add dev", 4)


def test_the_profile_at_the_foot_is_the_one_to_be_named() -> None:
    """In a chain it is the source that lacks the key pair."""
    with pytest.raises(NoKeyPairError, match="no key pair is stored for profile 'base'"):
        plan("[profile base]\n[profile dev]\nrole_arn=r\nsource_profile=base\n", "dev")


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("prodd", "did you mean prod or prod-eu?"),
        ("stord", "did you mean stored?"),
        ("quux", "see shellvault list; to store a key pair: shellvault add quux"),
    ],
)
def test_a_name_that_is_neither_profile_nor_key_pair_has_the_nearest(name: str, hint: str) -> None:
    """Status 3, the nearest names, and never [default]."""
    text = "[default]\n[profile prod]\n[profile prod-eu]\n[profile staging]\n"
    with pytest.raises(NoSuchProfileError, match=f"there is no profile '{name}'") as raised:
        plan(text, name, "stored", "default")
    assert (raised.value.hint, raised.value.status) == (hint, 3)


@pytest.mark.parametrize("tags", ["plain", "a=1,b", "=1", "a=1, =2"])
def test_a_tag_without_a_key_or_a_sign_is_refused(tags: str) -> None:
    """The error quotes the item and shows the form."""
    with pytest.raises(UsageError, match=r"session_tags of profile 'dev': '.*' is not a tag") as raised:
        plan(f"[profile dev]\nrole_arn = {ROLE}dev\nsession_tags = {tags}\n", "dev", "dev")
    assert raised.value.hint == "write session_tags = Key=value,Other=value"


@pytest.mark.parametrize("length", ["soon", "0", "-1", "1d", "1h30"])
def test_a_duration_that_is_none_is_refused(length: str) -> None:
    """The error names the setting and its profile."""
    with pytest.raises(UsageError, match=r"duration_seconds of profile 'dev': '.*' is not a length of time"):
        plan(f"[profile dev]\nduration_seconds = {length}\n", "dev", "dev")


@pytest.mark.parametrize("where", ["dev", "base"])
def test_a_setting_swallowed_by_an_indentation_is_refused(where: str) -> None:
    """To the AWS CLI it is part of the value above; a role lost that way would be the wrong account, unseen."""
    swallowed = f"region = eu-west-1\n  role_arn = {ROLE}x\n"
    text = f"[profile dev]\nrole_arn={ROLE}dev\nsource_profile=base\n{swallowed if where == 'dev' else ''}"
    text += f"[profile base]\n{swallowed if where == 'base' else ''}"
    with pytest.raises(UsageError, match=f"'{where}': the indented line 'role_arn = .*' goes on with 'region'"):
        plan(text, "dev", "base")


def test_tags_may_go_on_over_lines() -> None:
    """A long list of tags is no mistake."""
    text = f"[profile dev]\nrole_arn = {ROLE}dev\nsession_tags = a=1,\n  b=2\n"
    assert role(text, "dev", "dev").session_tags == (("a", "1"), ("b", "2"))
