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


def test_both_spellings_of_default_are_one_profile() -> None:
    """`[default]` and `[profile default]` mean the same where there is only one of them."""
    assert read_region("[default]\nregion = x\n", "default") == "x"
    assert read_region("[profile default]\nregion = x\n", "default") == "x"


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("[profile dev\nregion = x\n", "1: the header [profile dev has no closing bracket", "write [profile dev]"),
        ("[profile dev # my own\n", "1: the header [profile dev has no closing bracket", "write [profile dev]"),
        ("[a]\n[]\n", "2: this header has no name", "write a header such as [profile dev]"),
        ("[a]\nregion\n", "2: this is no section, no setting and no comment", "write key = value, or put # before it"),
        ("[a]\n= x\n", "2: this is no section, no setting and no comment", "write key = value, or put # before it"),
        ("region = x\n[a]\n", "1: a setting stands above the first section", "put a header such as [default] above it"),
        ("[a]\n[b]\n [a]\n", "3: the section [a] is written twice, first in line 1", "put both under one header"),
        ("[a]\nx=1\n[b]\nx=1\n\nX: 2\n", "6: 'x' is written twice in [b], first in line 4",
         "keep one of the two lines"),
        ("[DEFAULT]\nx=1\n[b]\nx=1\n[DEFAULT]\nx: 2\n", "6: 'x' is written twice in [DEFAULT], first in line 2",
         "keep one of the two lines"),
        ("[a]\ns3 =\n  b\n", "3: the line is part of 's3 =' above, and has no '='",
         "write it as name = value, or join it to the line above"),
        ("\ufeff[a]\n", "1: the file begins with a byte order mark, which the AWS CLI cannot read",
         "save as UTF-8 without a mark"),
        ("[a]\r\n[a]\r\n", "2: the section [a] is written twice, first in line 1", "put both under one header"),
    ],
)  # fmt: skip
def test_a_broken_line_is_named_with_its_fix(text: str, message: str, hint: str) -> None:
    """The error gives the file, the line number and the problem, and the hint says how to fix it."""
    with pytest.raises(UsageError) as raised:
        Config(text, "/home/me/config")
    number = message.partition(":")[0]
    assert (raised.value.message, raised.value.hint) == (f"/home/me/config:{message}", f"edit line {number}: {hint}")
    assert raised.value.status == 2


@pytest.mark.parametrize("text", ["hunter2\n", "[a]\nhunter2\n", "[a]\nx = hunter2\nx = hunter2\n"])
def test_the_error_quotes_no_value(text: str) -> None:
    """A value may be a secret, and so may a malformed line."""
    with pytest.raises(UsageError) as raised:
        Config(text)
    assert "hunter2" not in raised.value.message + raised.value.hint


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
    with pytest.raises(
        UsageError, match="profile 'a' names include_profile 'gone', which is not in the config file"
    ) as raised:
        Config("[profile a]\ninclude_profile = gone\n").profile("a")
    assert raised.value.hint == "add [profile gone], or fix include_profile in [profile a]"


def test_a_missing_file_is_empty(tmp_path: Path) -> None:
    """A machine without ~/.aws has no profiles, which is not an error."""
    assert Config.read(str(tmp_path / "none" / "config")).names() == []


def test_an_unreadable_file_is_an_error_with_its_path(tmp_path: Path) -> None:
    """For example, a folder where the file should be."""
    with pytest.raises(UsageError, match=f"cannot read {tmp_path}: Is a directory") as raised:
        Config.read(str(tmp_path))
    assert raised.value.hint == "put a file in its place, or set AWS_CONFIG_FILE"


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


def test_the_same_content_is_parsed_once(tmp_path: Path) -> None:
    """An agent reads the file for each command. A change is noticed at once, even with the same size and time."""
    file = tmp_path / "config"
    file.write_text("[profile a]\nregion = eu-west-1\n")
    first = Config.read(str(file))
    assert Config.read(str(file)) is first
    times = file.stat().st_mtime_ns
    file.write_text("[profile b]\nregion = eu-west-1\n")
    os.utime(file, ns=(times, times))
    assert Config.read(str(file)).names() == ["b"]
    file.unlink()
    assert Config.read(str(file)).names() == []


def test_files_that_take_turns_are_parsed_once(tmp_path: Path) -> None:
    """Shells in several projects may each have a config file. Only a few are kept: they may be large."""
    paths = [tmp_path / name for name in "abcdefgh"]
    for path in paths:
        path.write_text("[profile a]\n")
    files = list(map(str, paths))
    few = files[:3]
    first = [Config.read(file) for file in few]
    assert all(Config.read(file) is found for file, found in zip(few, first, strict=True))
    for file in files:
        Config.read(file)
    assert not any(Config.read(file) is found for file, found in zip(few, first, strict=True))
