"""Profiles that do not resolve: each error says what is wrong and where, and its hint says how to fix it."""

from __future__ import annotations

import pytest

from shellvault.core.chain.links import key_name
from shellvault.core.errors import NoKeyPairError, NoSuchProfileError, UsageError
from tests.core.chain_resolution import ROLE, resolve_profile, resolve_role


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
def test_loop_of_source_profiles_is_refused(text: str, path: str) -> None:
    """The error shows the loop, and the hint how to break it."""
    with pytest.raises(UsageError, match=f"source_profile loops: {path}$") as raised:
        resolve_profile(text, "a")
    assert raised.value.hint == "point one of them at a profile with its own key pair"


@pytest.mark.parametrize("length", [51, 3000])
def test_overlong_chain_of_profiles_is_refused(length: int) -> None:
    """There is a limit, so no RecursionError."""
    text = "".join(f"[profile p{n}]\nrole_arn={ROLE}{n}\nsource_profile=p{n + 1}\n" for n in range(length - 1))
    with pytest.raises(UsageError, match="source_profile of 'p0' leads through more than 50 profiles") as raised:
        resolve_profile(f"{text}[profile p{length - 1}]\n", "p0", f"p{length - 1}")
    assert "'p49'" in raised.value.hint


def test_longest_chain_of_profiles_resolves() -> None:
    """It has an identity, and a key pair at its root."""
    text = "".join(f"[profile p{n}]\nrole_arn={ROLE}{n}\nsource_profile=p{n + 1}\n" for n in range(49))
    chain = resolve_profile(f"{text}[profile p49]\n", "p0", "p49").chain
    assert len(chain.identity) == 32
    assert key_name(chain) == "p49"


def test_long_chain_of_includes_is_allowed() -> None:
    """It has no limit, as it costs no calls."""
    text = "".join(f"[profile p{n}]\ninclude_profile=p{n + 1}\n" for n in range(3000))
    assert resolve_profile(f"{text}[profile p3000]\nregion=x\n", "p0", "p3000").profile.settings["region"] == "x"


def test_key_pair_breaks_a_loop() -> None:
    """A profile with credentials of its own needs no source."""
    text = f"[profile a]\nrole_arn={ROLE}a\nsource_profile=b\n[profile b]\nsource_profile=a\n"
    assert resolve_profile(text, "a", "b").path == ("a", "b")


def test_missing_source_profile_is_named() -> None:
    """The message names both profiles, and the hint adds the missing one."""
    with pytest.raises(UsageError, match="'dev' names source_profile 'gone', which is neither") as raised:
        resolve_profile("[profile dev]\nrole_arn = r\nsource_profile = gone\n", "dev")
    assert raised.value.hint == "shellvault add gone"


def test_role_without_a_source_of_credentials_is_refused() -> None:
    """The credentials of [default] are never used in place of a missing source."""
    with pytest.raises(NoKeyPairError, match="'dev' has a role_arn, but no source of credentials") as raised:
        resolve_profile("[default]\n[profile dev]\nrole_arn = r\n", "dev", "default")
    assert raised.value.hint == "add source_profile = NAME to [profile dev], or run: shellvault add dev"
    assert raised.value.status == 4


def test_profile_without_a_key_pair_is_refused() -> None:
    """The hint is the command that stores one."""
    with pytest.raises(NoKeyPairError, match="no key pair is stored for profile 'dev'") as raised:
        resolve_profile("[profile dev]\nregion = x\n", "dev", "other")
    assert (raised.value.hint, raised.value.status) == ("shellvault add dev", 4)


def test_error_names_the_source_profile_that_lacks_a_key_pair() -> None:
    """The requested profile is not the one to fix."""
    with pytest.raises(NoKeyPairError, match="no key pair is stored for profile 'base'"):
        resolve_profile("[profile base]\n[profile dev]\nrole_arn=r\nsource_profile=base\n", "dev")


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("prodd", "did you mean prod?"),
        ("prod-e", "did you mean prod-eu or prod?"),
        ("stord", "did you mean stored?"),
        ("dve", "did you mean dev?"),
        ("DEV", "did you mean dev?"),
        ("Prod-EU", "did you mean prod-eu?"),
        ("deb", "did you mean dev?"),
        ("app", "see shellvault list; to store a key pair: shellvault add app"),
        ("old", "see shellvault list; to store a key pair: shellvault add old"),
        ("states", "see shellvault list; to store a key pair: shellvault add states"),
        ("quux", "see shellvault list; to store a key pair: shellvault add quux"),
    ],
)
def test_unknown_name_is_refused_with_the_nearest_names(name: str, hint: str) -> None:
    """The status is 3, and [default] is never used instead."""
    text = "[default]\n[profile dev]\n[profile prod]\n[profile prod-eu]\n[profile staging]\n"
    with pytest.raises(NoSuchProfileError, match=f"no profile or key pair is named '{name}'") as raised:
        resolve_profile(text, name, "stored", "default")
    assert (raised.value.hint, raised.value.status) == (hint, 3)


@pytest.mark.parametrize("tags", ["plain", "a=1,b", "=1", "a=1, =2"])
def test_tag_without_a_key_or_an_equals_sign_is_refused(tags: str) -> None:
    """The error quotes the item, and the hint shows the format."""
    with pytest.raises(UsageError, match=r"session_tags of profile 'dev': '.*' is not a tag") as raised:
        resolve_profile(f"[profile dev]\nrole_arn = {ROLE}dev\nsession_tags = {tags}\n", "dev", "dev")
    assert raised.value.hint == "write session_tags = Key=value,Other=value"


@pytest.mark.parametrize("duration", ["0", "-1", "000"])
def test_duration_below_one_second_is_refused(duration: str) -> None:
    """There are no such sessions. The error names the setting and its profile."""
    with pytest.raises(UsageError, match=r"duration_seconds of profile 'dev': '.*' is not a duration"):
        resolve_profile(f"[profile dev]\nduration_seconds = {duration}\n", "dev", "dev")


@pytest.mark.parametrize("where", ["dev", "base"])
def test_setting_that_continues_the_value_above_is_refused(where: str) -> None:
    """The AWS CLI reads an indented line as part of the value above; a role lost that way is the wrong account."""
    swallowed = f"region = eu-west-1\n  role_arn = {ROLE}x\n"
    text = f"[profile dev]\nrole_arn={ROLE}dev\nsource_profile=base\n{swallowed if where == 'dev' else ''}"
    text += f"[profile base]\n{swallowed if where == 'base' else ''}"
    with pytest.raises(
        UsageError, match=f"'{where}': the indented line 'role_arn = .*' continues the value of 'region'"
    ):
        resolve_profile(text, "dev", "base")


def test_session_tags_may_span_lines() -> None:
    """A long list of tags is a value of several lines on purpose."""
    text = f"[profile dev]\nrole_arn = {ROLE}dev\nsession_tags = a=1,\n  b=2\n"
    assert resolve_role(text, "dev", "dev").session_tags == (("a", "1"), ("b", "2"))


@pytest.mark.parametrize("key", ["web_identity_token_file", "web_identity_token_process"])
@pytest.mark.parametrize("more", ["", "source_profile = base\n", "credential_process = run\n"])
def test_web_identity_without_a_role_is_refused(key: str, more: str) -> None:
    """Like the AWS CLI, we do not fall back to another account's credentials, whatever else is in the profile."""
    with pytest.raises(UsageError, match=f"profile 'dev' has a {key}, but no role to assume with it") as raised:
        resolve_profile(f"[profile dev]\n{key} = x\n{more}[profile base]\n", "dev", "base")
    assert raised.value.hint == "add role_arn = … to [profile dev]"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("role_arn", f"{ROLE}x"),
        ("mfa_serial", "arn:aws:iam::111122223333:mfa/me"),
        ("region", "eu-west-1"),
        ("sso_session", "corp"),
    ],
)
@pytest.mark.parametrize(("comment", "shown"), [(" # mine", "# mine"), ("\t;mine", ";mine"), (" # a ; b", "# a ; b")])
def test_comment_after_a_value_is_reported(key: str, value: str, comment: str, shown: str) -> None:
    """The AWS CLI takes it as part of the value, and the error from AWS would be misleading."""
    with pytest.raises(UsageError, match=f"^{key} of profile 'dev' is '{value}") as raised:
        resolve_profile(f"[profile dev]\n{key} = {value}{comment}\n", "dev", "dev")
    assert raised.value.hint == (
        f"write {key} = {value}, and '{shown}' on a line of its own: behind a value it is part of it"
    )


def test_comment_after_a_source_profile_is_reported() -> None:
    """Suggesting to store a key pair under the name with the comment would not help."""
    with pytest.raises(UsageError, match="names source_profile 'base # mine'") as raised:
        resolve_profile(
            f"[profile dev]\nrole_arn = {ROLE}x\nsource_profile = base # mine\n[profile base]\n", "dev", "base"
        )
    assert raised.value.hint == (
        "write source_profile = base, and '# mine' on a line of its own: behind a value it is part of it"
    )


def test_values_may_contain_comment_characters() -> None:
    """They are part of a value that may contain spaces, and of any profile name."""
    text = f"[profile 'a # b']\n[profile dev]\nrole_arn = {ROLE}x\nsource_profile = a # b\nmfa_process = run # now\n"
    assert resolve_profile(text, "dev", "a # b").path == ("dev", "a # b")


def test_misspelt_source_profile_suggests_the_closest_name() -> None:
    """The hint also has the command that stores a key pair under the name as written."""
    text = f"[profile dev]\nrole_arn = {ROLE}x\nsource_profile = bse\n[profile base]\n"
    with pytest.raises(UsageError, match="names source_profile 'bse'") as raised:
        resolve_profile(text, "dev", "base")
    assert raised.value.hint == "did you mean base? To store a key pair: shellvault add bse"


def test_section_without_the_word_profile_is_pointed_out() -> None:
    """The AWS CLI does not read it as a profile in the config file, although it would in the credentials file."""
    with pytest.raises(
        NoSuchProfileError, match=r"the config file has \[dev2\], which the AWS CLI does not treat as a profile"
    ) as raised:
        resolve_profile("[profile dev]\n[dev2]\nregion = x\n", "dev2", "dev")
    assert raised.value.hint == "change its header to [profile dev2]"
