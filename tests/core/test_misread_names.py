"""Hints for a name that does not exist, and for a value that the AWS CLI and SDKs read differently than intended."""

from __future__ import annotations

import pytest

from shellvault.core.errors import ShellvaultError
from tests.core.chain_resolution import make_profiles, resolve_profile

KEY = "base"
OTHERS = "[profile base]\n[profile team dev]\n[sso-session corp]\nsso_start_url = https://c\nsso_region = eu-west-1\n"
ROLE = "role_arn = arn:aws:iam::111122223333:role/x\n"


def refuse(text: str, name: str = "dev") -> tuple[str, str]:
    """Return the error for a profile of this config file, and its hint."""
    with pytest.raises(ShellvaultError) as raised:
        resolve_profile(f"{text}{OTHERS}", name, KEY)
    return raised.value.message, raised.value.hint


@pytest.mark.parametrize(
    ("header", "name", "mended"),
    [
        ("[dev]", "dev", "[profile dev]"),
        ("[ dev ]", "dev", "[profile dev]"),
        ("[two words]", "two words", "[profile 'two words']"),
        ("[profile two words]", "two words", "[profile 'two words']"),
        ("[Profile dev]", "dev", "[profile dev]"),
        ("[PROFILE\tdev]", "dev", "[profile dev]"),
        ("[ profile dev]", "dev", "[profile dev]"),
        ('[profile "dev]', "dev", "[profile dev]"),
        ("[it's]", "it's", '[profile "it\'s"]'),
    ],
)
def test_a_header_that_is_not_a_profiles_is_shown_with_its_correction(header: str, name: str, mended: str) -> None:
    """The name may be typed or be a source_profile's. With the corrected header, the profile is found."""
    what, hint = refuse(f"{header}\n", name)
    assert f"the config file has {header}, which the AWS CLI does not treat as a profile" in what
    assert hint == f"change its header to {mended}"
    assert make_profiles(f"{mended}\n").names() == [name]
    what, hint = refuse(f"{header}\n[profile admin]\nsource_profile = {name}\n{ROLE}", "admin")
    assert f"has {header}, which the AWS CLI does not treat as a profile" in what
    assert hint == f"change its header to {mended}"


@pytest.mark.parametrize(
    ("typed", "near"),
    [
        ("profile base", "base"),
        ("[profile base]", "base"),
        ("[base]", "base"),
        ("'base'", "base"),
        ("BASE", "base"),
        ("bsae", "base"),
        ("Team Dev", "team dev"),
        ("taem", "team dev"),
    ],
)
def test_a_name_that_is_written_differently_is_recognized(typed: str, near: str) -> None:
    """It may have the word profile, brackets, quotes or capitals. The hint does not criticize correct headers."""
    text = OTHERS.replace("[profile team dev]", "[profile 'team dev']")
    with pytest.raises(ShellvaultError) as raised:
        resolve_profile(text, typed, KEY)
    assert (raised.value.message, raised.value.hint) == (
        f"no profile or key pair is named '{typed}'",
        f"did you mean {near}?",
    )


@pytest.mark.parametrize("typed", ["DEFAULT", "zzzz", "corp"])
def test_only_similar_names_are_suggested(typed: str) -> None:
    """[DEFAULT] is not taken for a misspelt profile, and neither is an sso-session."""
    what, hint = refuse("[DEFAULT]\nregion = eu-west-1\n", typed)
    assert (what, "see shellvault list" in hint) == (f"no profile or key pair is named '{typed}'", True)


@pytest.mark.parametrize(
    ("settings", "near"),
    [
        ("include_profile = bsae\n", "base"),
        ("sso_session = crop\n", "corp"),
        (f"{ROLE}source_profile = bsae\n", "base"),
        (f"{ROLE}source_profile = base\nservices = ln\n", "lan"),
    ],
)
def test_a_setting_with_an_unknown_name_suggests_the_closest_one(settings: str, near: str) -> None:
    """Only sections of the right kind are suggested."""
    _what, hint = refuse(f"[services lan]\n[profile dev]\n{settings}")
    assert hint.startswith(f"did you mean {near}? ")


@pytest.mark.parametrize(
    "key",
    ["include_profile", "source_profile", "sso_session", "services", "role_arn", "region", "use_fips_endpoint"],
)
@pytest.mark.parametrize(
    ("written", "advice"),
    [
        ("base # mine", "write {} = base, and '# mine' on a line of its own: behind a value it is part of it"),
        ("base\t; x", "write {} = base, and '; x' on a line of its own: behind a value it is part of it"),
        ('"base"', "write {} = base: quotes around a value are part of it"),
        ("'base'", "write {} = base: quotes around a value are part of it"),
    ],
)
def test_comments_and_quotes_that_became_part_of_a_value_are_shown(key: str, written: str, advice: str) -> None:
    """This covers every setting whose value is a name or a single word."""
    more = "" if key == "role_arn" else ROLE
    more += "" if key in ("source_profile", "include_profile") else "source_profile = base\n"
    _what, hint = refuse(f"[profile dev]\n{key} = {written}\n{more}")
    assert hint == advice.format(key)


@pytest.mark.parametrize("written", ["https://c # the portal", '"https://c"'])
def test_a_value_in_the_sso_session_is_checked_too(written: str) -> None:
    """AWS would only say that the request is invalid."""
    text = f"[sso-session s]\nsso_start_url = {written}\nsso_region = eu-west-1\n[profile dev]\nsso_session = s\n"
    what, hint = refuse(text)
    assert what == f"sso_start_url of sso-session 's' is '{written}'"
    assert hint.startswith("write sso_start_url = https://c")
