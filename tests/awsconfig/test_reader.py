"""What ~/.aws/config means where botocore gives no answer: includes, duplicates, and files that cannot be read."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from botocore.configloader import load_config

from shellvault.argparser import Arguments
from shellvault.awsconfig.reader import Config
from shellvault.core.errors import UsageError
from shellvault.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from shellvault.core.model import Profile

MANY = 10_000


def read_profile(text: str, name: str) -> Profile:
    """Return a profile, which must exist."""
    found = Config(text).profile(name)
    assert found is not None
    return found


def read_region(text: str, name: str) -> str | None:
    """Return a profile's region."""
    return read_profile(text, name).settings.get("region")


def config_file(environ: Mapping[str, str]) -> str:
    """Return the config file for an environment."""
    return load_settings(Arguments({}, (), (), {}), environ, "/").config_file


def test_a_byte_order_mark_is_not_part_of_the_first_header() -> None:
    """Windows editors write one."""
    assert Config("\ufeff[default]\nregion = x\n").section("profile default") == {"region": "x"}


def test_both_spellings_of_default_are_one_profile() -> None:
    """`[default]` and `[profile default]` mean the same where there is only one of them."""
    assert read_region("[default]\nregion = x\n", "default") == "x"
    assert read_region("[profile default]\nregion = x\n", "default") == "x"


@pytest.mark.parametrize(
    "text",
    [
        "[profile default]\nregion = full\n[default]\nregion = bare\noutput = json\n",
        "[default]\na=1\n[profile default]\nregion = full\n",
    ],
)
def test_profile_default_overrides_bare_default(text: str) -> None:
    """Where both exist, SDKs use [profile default] and ignore the other one entirely."""
    assert Config(text).names() == ["default"]
    assert Config(text).section("profile default") == {"region": "full"}


def test_the_last_of_two_sections_or_settings_wins() -> None:
    """The AWS CLI refuses such a file; here later lines win."""
    twice = "[profile a]\nregion = 1\nregion = 2\noutput = json\n[profile b]\n[profile a]\nregion = 3\n"
    assert Config(twice).section("profile a") == {"region": "3", "output": "json"}
    assert Config(twice).names() == ["a", "b"]


def test_other_sections_are_not_profiles() -> None:
    """`[dev]`, `[profilex]`, and SSO and services sections name no profile."""
    assert Config("[dev]\n[profilex]\n[sso-session s]\n[services s]\n[profile]\n[preview]\n").names() == []


def test_a_profile_inherits_nothing_from_default() -> None:
    """As in the AWS CLI; only include_profile adds settings."""
    found = read_profile("[default]\nregion = x\nrole_arn = r\n[profile a]\noutput = json\n", "a")
    assert found.settings == {"output": "json"}


def test_a_profiles_own_settings_override_included_ones() -> None:
    """include_profile chains to any depth, and the nearest profile wins."""
    text = (
        "[profile a]\ninclude_profile = b\nregion = own\n"
        "[profile b]\ninclude_profile = default\nregion = b\nmfa_serial = b\n"
        "[default]\nregion = d\nmfa_serial = d\noutput = d\n"
    )
    found = read_profile(text, "a")
    assert found.lineage == ("a", "b", "default")
    assert [found.settings[key] for key in ("region", "mfa_serial", "output")] == ["own", "b", "d"]


@pytest.mark.parametrize(
    ("text", "loop"),
    [
        ("[profile a]\ninclude_profile = a\n", "a -> a"),
        ("[profile a]\ninclude_profile = b\n[profile b]\ninclude_profile = a\n", "a -> b -> a"),
        (
            "[profile a]\ninclude_profile=b\n[profile b]\ninclude_profile=c\n[profile c]\ninclude_profile=b\n",
            "a -> b -> c -> b",
        ),
    ],
)
def test_an_include_loop_is_an_error_that_shows_the_loop(text: str, loop: str) -> None:
    """The error names every profile in it."""
    with pytest.raises(UsageError, match=f"include_profile loops: {loop}$"):
        Config(text).profile("a")


def test_an_include_loop_affects_no_other_profile() -> None:
    """A profile outside the loop works."""
    assert read_region("[profile a]\ninclude_profile = a\n[profile b]\nregion = x\n", "b") == "x"


def test_a_missing_include_says_what_to_add() -> None:
    """The message has both names, and the hint says what to write."""
    with pytest.raises(UsageError, match="profile 'a' includes 'gone', which is not in the config file") as raised:
        Config("[profile a]\ninclude_profile = gone\n").profile("a")
    assert raised.value.hint == "add [profile gone], or fix include_profile in [profile a]"


def test_a_missing_file_is_empty(tmp_path: Path) -> None:
    """A machine without ~/.aws has no profiles, which is not an error."""
    assert Config.read(str(tmp_path / "none" / "config")).names() == []


def test_an_unreadable_file_is_an_error_with_its_path(tmp_path: Path) -> None:
    """For example, a folder where the file should be."""
    with pytest.raises(UsageError, match=f"cannot read {tmp_path}: Is a directory") as raised:
        Config.read(str(tmp_path))
    assert raised.value.hint == "fix its permissions, or set AWS_CONFIG_FILE"


def test_bytes_that_are_not_utf8_survive(tmp_path: Path) -> None:
    """A file in another encoding is read, and its names keep their bytes."""
    (tmp_path / "config").write_bytes(b"[profile caf\xe9]\nregion = \xff\n")
    found = Config.read(str(tmp_path / "config"))
    assert [os.fsencode(name) for name in found.names()] == [b"caf\xe9"]
    assert os.fsencode(found.section(f"profile {found.names()[0]}")["region"]) == b"\xff"


@pytest.mark.parametrize("written", ["~/my config", "$HOME/my config", "${HOME}/my config"])
def test_aws_config_file_is_expanded_as_botocore_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str
) -> None:
    """A tilde and variables in AWS_CONFIG_FILE lead to the file that the AWS CLI reads."""
    (tmp_path / "my config").write_text("[profile here]\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    found = config_file({"HOME": str(tmp_path), "AWS_CONFIG_FILE": written})
    assert Config.read(found).names() == list(load_config(written)["profiles"]) == ["here"]


@pytest.mark.parametrize("environ", [{}, {"AWS_CONFIG_FILE": ""}])
def test_the_default_config_file_is_in_the_home_folder(tmp_path: Path, environ: dict[str, str]) -> None:
    """An empty AWS_CONFIG_FILE counts as unset."""
    assert config_file({"HOME": str(tmp_path), **environ}) == str(tmp_path / ".aws" / "config")


def test_a_generated_config_file_may_name_the_users_own() -> None:
    """SHELLVAULT_CONFIG_FILE comes first, so that AWS_CONFIG_FILE may be a file that runs shellvault."""
    assert config_file({"SHELLVAULT_CONFIG_FILE": "/own", "AWS_CONFIG_FILE": "/generated"}) == "/own"


def test_ten_thousand_profiles_are_all_found() -> None:
    """Their names in order, and the settings of the last one."""
    text = "".join(f"[profile p{number}]\nrole_arn = r{number}\nsource_profile = base\n" for number in range(MANY))
    assert Config(text).names() == [f"p{number}" for number in range(MANY)]
    assert read_profile(text, f"p{MANY - 1}").settings["role_arn"] == f"r{MANY - 1}"
