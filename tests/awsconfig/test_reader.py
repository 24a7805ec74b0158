"""What ~/.aws/config means where botocore has no answer: includes, doubles, files that cannot be read."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from botocore.configloader import load_config

from shellvault.awsconfig import reader
from shellvault.awsconfig.reader import Config
from shellvault.core.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from shellvault.core.model import Profile

MANY = 10_000


def profile(text: str, name: str) -> Profile:
    """Return a profile that has to be there."""
    found = Config(text).profile(name)
    assert found is not None
    return found


def test_a_byte_order_mark_is_no_part_of_the_first_header() -> None:
    """Windows editors leave one; the first profile is found all the same."""
    assert Config("\ufeff[default]\nregion = x\n").section("profile default") == {"region": "x"}


def test_both_spellings_of_default_are_one_profile() -> None:
    """`[default]` and `[profile default]` alone mean the same."""
    assert profile("[default]\nregion = x\n", "default").get("region") == "x"
    assert profile("[profile default]\nregion = x\n", "default").get("region") == "x"


@pytest.mark.parametrize(
    "text",
    [
        "[profile default]\nregion = full\n[default]\nregion = bare\noutput = json\n",
        "[default]\na=1\n[profile default]\nregion = full\n",
    ],
)
def test_profile_default_wins_over_bare_default(text: str) -> None:
    """Where both are there, the SDKs take [profile default] and nothing of the other."""
    assert Config(text).names() == ["default"]
    assert Config(text).section("profile default") == {"region": "full"}


def test_the_last_of_two_sections_or_settings_wins() -> None:
    """The AWS CLI refuses such a file; we go on, and later lines win."""
    twice = "[profile a]\nregion = 1\nregion = 2\noutput = json\n[profile b]\n[profile a]\nregion = 3\n"
    assert Config(twice).section("profile a") == {"region": "3", "output": "json"}
    assert Config(twice).names() == ["a", "b"]


def test_sections_that_are_no_profiles_are_none() -> None:
    """`[dev]`, `[profilex]` and the SSO and services sections name no profile."""
    assert Config("[dev]\n[profilex]\n[sso-session s]\n[services s]\n[profile]\n[preview]\n").names() == []


def test_a_profile_inherits_nothing_from_default() -> None:
    """As in the AWS CLI: only include_profile brings settings in."""
    assert profile("[default]\nregion = x\nrole_arn = r\n[profile a]\noutput = json\n", "a").settings == {
        "output": "json"
    }


def test_included_settings_lie_under_ones_own() -> None:
    """include_profile goes as deep as it is written, and what is nearer wins."""
    text = (
        "[profile a]\ninclude_profile = b\nregion = own\n"
        "[profile b]\ninclude_profile = default\nregion = b\nmfa_serial = b\n"
        "[default]\nregion = d\nmfa_serial = d\noutput = d\n"
    )
    found = profile(text, "a")
    assert found.lineage == ("a", "b", "default")
    assert (found.get("region"), found.get("mfa_serial"), found.get("output")) == ("own", "b", "d")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[profile a]\ninclude_profile = a\n", "a -> a"),
        ("[profile a]\ninclude_profile = b\n[profile b]\ninclude_profile = a\n", "a -> b -> a"),
        (
            "[profile a]\ninclude_profile=b\n[profile b]\ninclude_profile=c\n[profile c]\ninclude_profile=b\n",
            "a -> b -> c -> b",
        ),
    ],
)
def test_a_circle_of_includes_is_named(text: str, said: str) -> None:
    """The error shows the way round."""
    with pytest.raises(UsageError, match=f"include_profile goes in a circle: {said}$"):
        Config(text).profile("a")


def test_a_circle_elsewhere_is_nobodys_business() -> None:
    """A profile that has no part in it works."""
    assert profile("[profile a]\ninclude_profile = a\n[profile b]\nregion = x\n", "b").get("region") == "x"


def test_an_include_that_is_not_there_says_what_to_add() -> None:
    """Both names are in the message, and the hint says what to write."""
    with pytest.raises(UsageError, match="profile 'a' includes 'gone', which is not in the config file") as raised:
        Config("[profile a]\ninclude_profile = gone\n").profile("a")
    assert raised.value.hint == "add [profile gone], or mend include_profile in [profile a]"


def test_a_file_that_is_not_there_is_an_empty_one(tmp_path: Path) -> None:
    """A machine without ~/.aws has no profiles, and that is no error."""
    assert Config.read(str(tmp_path / "none" / "config")).names() == []


def test_a_file_that_cannot_be_read_is_an_error_with_its_name(tmp_path: Path) -> None:
    """A folder in its place, for one."""
    with pytest.raises(UsageError, match=f"cannot read {tmp_path}: Is a directory") as raised:
        Config.read(str(tmp_path))
    assert raised.value.hint == "mend the file, or set AWS_CONFIG_FILE"


def test_bytes_that_are_no_text_stay_what_they_are(tmp_path: Path) -> None:
    """A file in another encoding is read, and its names come out as they went in."""
    (tmp_path / "config").write_bytes(b"[profile caf\xe9]\nregion = \xff\n")
    found = Config.read(str(tmp_path / "config"))
    assert [os.fsencode(name) for name in found.names()] == [b"caf\xe9"]
    assert os.fsencode(found.section(f"profile {found.names()[0]}")["region"]) == b"\xff"


@pytest.mark.parametrize("written", ["~/my config", "$HOME/my config", "${HOME}/my config"])
def test_aws_config_file_is_spelled_out_as_botocore_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str
) -> None:
    """A tilde and variables in AWS_CONFIG_FILE lead to the file that the AWS CLI reads."""
    (tmp_path / "my config").write_text("[profile here]\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Config.read(reader.path({"AWS_CONFIG_FILE": written})).names() == list(load_config(written)["profiles"])


@pytest.mark.parametrize("environ", [{}, {"AWS_CONFIG_FILE": ""}])
def test_the_file_is_in_the_home_unless_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, environ: dict[str, str]
) -> None:
    """An empty AWS_CONFIG_FILE counts as none."""
    monkeypatch.setenv("HOME", str(tmp_path))
    assert reader.path(environ) == str(tmp_path / ".aws" / "config")


def test_ten_thousand_profiles_are_all_found() -> None:
    """Names in their order, and the last one's settings."""
    text = "".join(f"[profile p{number}]\nrole_arn = r{number}\nsource_profile = base\n" for number in range(MANY))
    assert Config(text).names() == [f"p{number}" for number in range(MANY)]
    assert profile(text, f"p{MANY - 1}").get("role_arn") == f"r{MANY - 1}"


def test_a_generated_config_file_may_name_the_persons_own() -> None:
    """SHELLVAULT_CONFIG_FILE is ours alone, so that AWS_CONFIG_FILE may be a file that asks us."""
    assert reader.path({"SHELLVAULT_CONFIG_FILE": "/own", "AWS_CONFIG_FILE": "/generated"}) == "/own"
