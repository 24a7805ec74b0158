"""Edits to the text of AWS files: everything else stays as it is, and what is written is read back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.configloader import load_config
from hypothesis import given
from hypothesis import strategies as st

from shellvault.awsconfig.config_editor import ProfileChange, put_profile
from shellvault.awsconfig.document import append_profiles, edit_profile, profile_header
from shellvault.awsconfig.reader import Config
from shellvault.core.errors import UsageError
from tests.core.generated import GENERATED

if TYPE_CHECKING:
    from pathlib import Path

    from tests.awsconfig.conftest import WriteConfig

SERIAL = "arn:aws:iam::111122223333:mfa/me"
MFA = {"mfa_serial": SERIAL}


@pytest.mark.parametrize(
    ("before", "name", "settings", "after"),
    [
        ("", "dev", {}, "[profile dev]\n"),
        ("", "default", {}, "[default]\n"),
        ("", "two words", {}, "[profile 'two words']\n"),
        ("", "it's", {}, '[profile "it\'s"]\n'),
        ("", "dev", MFA, f"[profile dev]\nmfa_serial = {SERIAL}\n"),
        ("# mine\n[profile a]\nregion = x\n", "dev", {}, "# mine\n[profile a]\nregion = x\n\n[profile dev]\n"),
        ("[profile a]\nregion = x", "dev", {}, "[profile a]\nregion = x\n\n[profile dev]\n"),
        ("[profile a]\nregion = x\n\n", "dev", {}, "[profile a]\nregion = x\n\n[profile dev]\n"),
        ("[profile a]\r\n", "dev", MFA, f"[profile a]\r\n\r\n[profile dev]\r\nmfa_serial = {SERIAL}\r\n"),
        ("[profile dev]\nregion = x\n", "dev", MFA, f"[profile dev]\nmfa_serial = {SERIAL}\nregion = x\n"),
        ("[profile dev]", "dev", MFA, f"[profile dev]\nmfa_serial = {SERIAL}\n"),
        ("[profile dev]\r\na=1\r\n", "dev", MFA, f"[profile dev]\r\nmfa_serial = {SERIAL}\r\na=1\r\n"),
        ("[default]\n[a]\n", "default", MFA, f"[default]\nmfa_serial = {SERIAL}\n[a]\n"),
        (
            "[profile default]\n[default]\n",
            "default",
            MFA,
            f"[profile default]\n[default]\nmfa_serial = {SERIAL}\n",
        ),
        (
            "[profile dev]\na=1\n[profile 'dev']\nb=2\n",
            "dev",
            MFA,
            f"[profile dev]\na=1\n[profile 'dev']\nmfa_serial = {SERIAL}\nb=2\n",
        ),
        (
            "[profile dev]\nregion = x\n  [profile dev]\n",
            "dev",
            MFA,
            f"[profile dev]\nmfa_serial = {SERIAL}\nregion = x\n  [profile dev]\n",
        ),
        ('[profile "dev"] # x\n', "dev", MFA, f'[profile "dev"] # x\nmfa_serial = {SERIAL}\n'),
        ("[profile dev]\ra=1\r", "dev", MFA, f"[profile dev]\rmfa_serial = {SERIAL}\ra=1\r"),
        ("[profile a]\r", "dev", {}, "[profile a]\r\r[profile dev]\r"),
        ("[DEFAULT]\na=1\n", "dev", MFA, f"[DEFAULT]\na=1\n\n[profile dev]\nmfa_serial = {SERIAL}\n"),
        ("[profile dev]\nx = 1\u2028[profile dev]\n", "dev", MFA,
         f"[profile dev]\nmfa_serial = {SERIAL}\nx = 1\u2028[profile dev]\n"),
    ],
)  # fmt: skip
def test_a_profile_is_added_in_its_place(before: str, name: str, settings: dict[str, str], after: str) -> None:
    """A new profile at the end, a new setting below its header, and every other character unchanged."""
    assert edit_profile(before, name, settings) == after
    assert name in Config(after).names()
    assert settings.items() <= Config(after).section(f"profile {name}").items()


@pytest.mark.parametrize("before", ["[profile dev]\n", f"[profile dev]\nMFA_Serial: {SERIAL}\n", "  [profile dev]\n"])
def test_existing_profiles_and_settings_are_not_written_again(before: str) -> None:
    """However they are spelled."""
    settings = MFA if "Serial" in before else {}
    assert edit_profile(before, "dev", settings) == before


def test_an_existing_setting_keeps_its_value() -> None:
    """Nothing the user wrote is overwritten."""
    assert edit_profile("[profile dev]\nmfa_serial = other\n", "dev", MFA) == "[profile dev]\nmfa_serial = other\n"


@pytest.mark.parametrize("header", ["[profile dev]", "  [profile dev]", "\t[profile dev]"])
@pytest.mark.parametrize(
    "body", ["  region = x\n", "# c\n\n\tregion = x\n", "    region = x\n  # c\n    s3 =\n      a = 1\n"]
)
def test_a_new_setting_is_indented_like_the_ones_below_it(tmp_path: Path, header: str, body: str) -> None:
    """To the AWS CLI, deeper lines below it would continue its value."""
    path = tmp_path / "config"
    path.write_text(f"{header}\n{body}[profile a]\n")
    before = load_config(str(path))["profiles"]
    put_profile(str(path), "dev", MFA)
    assert load_config(str(path))["profiles"] == {"dev": {**before["dev"], **MFA}, "a": {}}


def test_botocore_reads_what_was_written(tmp_path: Path) -> None:
    """Old and new profiles, in a file from Windows too."""
    path = tmp_path / "config"
    path.write_bytes(b"[profile a]\r\nregion = x\r\n")
    for name in ("dev", "two words", "default"):
        put_profile(str(path), name, MFA)
    profiles = load_config(str(path))["profiles"]
    assert profiles == {"a": {"region": "x"}, "dev": MFA, "two words": MFA, "default": MFA}
    assert path.read_bytes().startswith(b"[profile a]\r\nregion = x\r\n")


@pytest.mark.parametrize(
    "before", [b"[profile a]\n# caf\xe9\n", b"[profile a\n", b"\xef\xbb\xbf[profile a]\n", b"[profile a]\nregion\n"]
)
def test_nothing_is_written_into_a_broken_file(tmp_path: Path, before: bytes) -> None:
    """The AWS CLI could not read the new profile either. The error names the file and the line."""
    path = tmp_path / "config"
    path.write_bytes(before)
    with pytest.raises(UsageError, match=f"^{path}:[12]: "):
        put_profile(str(path), "dev", {})
    with pytest.raises(UsageError, match=f"^{path}:[12]: "):
        ProfileChange(str(path), {"dev": {}})
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "header", ["[profile dev]", "[ profile dev ]", "[profile\tdev]", "[profile 'dev']", "[profile dev]]x"]
)
def test_the_writer_finds_every_header_that_the_reader_finds(header: str) -> None:
    """A profile that the reader knows is not added a second time."""
    if Config(header).names() == ["dev"]:
        assert edit_profile(f"{header}\n", "dev", MFA) == f"{header}\nmfa_serial = {SERIAL}\n"


@GENERATED
@given(name=st.text(alphabet="ab  '\"\\[]#;=:%$é🚀\t", max_size=8))
def test_a_header_is_read_back_or_refused(write_config: WriteConfig, name: str) -> None:
    """By shellvault and by botocore, whatever is in the name."""
    try:
        header = profile_header(name)
    except UsageError:
        assert "\t" in name or not name
        return
    path = write_config(f"{header}\nregion = x\n[profile other]\n")
    expected = {name: {"region": "x"}, "other": {}}
    assert load_config(str(path))["profiles"] == expected
    config = Config.read(str(path))
    assert {each: config.section(f"profile {each}") for each in config.names()} == expected
    found = config.profile(name)
    assert found is not None
    assert found.settings == {"region": "x"}


@pytest.mark.parametrize("name", ["", "a\nb", "a\rb", "a\x00b", "\x1b[2J", "caf\udce9"])
def test_a_name_that_no_config_file_can_hold_is_refused(name: str) -> None:
    """A line end would start another line, and botocore reads no file with bytes that are not UTF-8."""
    with pytest.raises(UsageError, match="a config file cannot have a profile named"):
        profile_header(name)


@pytest.mark.parametrize(
    "profiles", [{"a": {"region": "x"}}, {"b": {"region": "x\ny"}}, {"b": {"region": " x"}}, {"b": {"Region": "x"}}]
)
def test_profiles_that_would_not_be_read_back_are_refused(profiles: dict[str, dict[str, str]]) -> None:
    """A name that is taken, and settings that the parser would change."""
    with pytest.raises(UsageError, match="could not be appended safely"):
        append_profiles("[profile a]\n", profiles)
