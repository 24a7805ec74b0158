"""Writing a profile into ~/.aws/config: everything else stays as it is, and a file that cannot be written is whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.configloader import load_config

from shellvault.awsconfig.document import put_profile, with_profile
from shellvault.awsconfig.reader import Config

if TYPE_CHECKING:
    from pathlib import Path

SERIAL = "arn:aws:iam::111122223333:mfa/me"
MFA = {"mfa_serial": SERIAL}


@pytest.mark.parametrize(
    ("before", "name", "settings", "after"),
    [
        ("", "dev", {}, "[profile dev]\n"),
        ("", "default", {}, "[default]\n"),
        ("", "two words", {}, "[profile 'two words']\n"),
        ("", "dev", MFA, f"[profile dev]\nmfa_serial = {SERIAL}\n"),
        ("# mine\n[profile a]\nregion = x\n", "dev", {}, "# mine\n[profile a]\nregion = x\n\n[profile dev]\n"),
        ("[profile a]\nregion = x", "dev", {}, "[profile a]\nregion = x\n\n[profile dev]\n"),
        ("[profile dev]\nregion = x\n", "dev", MFA, f"[profile dev]\nmfa_serial = {SERIAL}\nregion = x\n"),
        ("[profile dev]", "dev", MFA, f"[profile dev]\nmfa_serial = {SERIAL}\n"),
        ("[default]\n[a]\n", "default", MFA, f"[default]\nmfa_serial = {SERIAL}\n[a]\n"),
        (
            "[profile default]\n[default]\n",
            "default",
            MFA,
            f"[profile default]\nmfa_serial = {SERIAL}\n[default]\n",
        ),
        (
            "[profile dev]\na=1\n[profile dev]\nb=2\n",
            "dev",
            MFA,
            f"[profile dev]\na=1\n[profile dev]\nmfa_serial = {SERIAL}\nb=2\n",
        ),
        ('[profile "dev"] # x\n', "dev", MFA, f'[profile "dev"] # x\nmfa_serial = {SERIAL}\n'),
        ("\ufeff[profile dev]\n", "dev", MFA, f"\ufeff[profile dev]\nmfa_serial = {SERIAL}\n"),
        ("[profile dev]\nx = 1\u2028[profile dev]\n", "dev", MFA,
         f"[profile dev]\nmfa_serial = {SERIAL}\nx = 1\u2028[profile dev]\n"),
    ],
)  # fmt: skip
def test_the_profile_is_put_where_it_belongs(before: str, name: str, settings: dict[str, str], after: str) -> None:
    """A new one at the end, a new setting under its header, and no other character moved."""
    assert with_profile(before, name, settings) == after
    assert name in Config(after).names()
    assert settings.items() <= Config(after).section(f"profile {name}").items()


@pytest.mark.parametrize("before", ["[profile dev]\n", f"[profile dev]\nMFA_Serial: {SERIAL}\n", "  [profile dev]\n"])
def test_what_is_there_is_not_written_again(before: str) -> None:
    """A profile with its settings is left alone, however it is spelled."""
    settings = MFA if "Serial" in before else {}
    assert with_profile(before, "dev", settings) == before


def test_a_setting_that_is_there_keeps_its_value() -> None:
    """Nothing that a person wrote is written over."""
    assert with_profile("[profile dev]\nmfa_serial = other\n", "dev", MFA) == "[profile dev]\nmfa_serial = other\n"


@pytest.mark.parametrize("header", ["[profile dev]", "  [profile dev]", "\t[profile dev]"])
@pytest.mark.parametrize(
    "body", ["  region = x\n", "# c\n\n\tregion = x\n", "    region = x\n  # c\n    s3 =\n      a = 1\n"]
)
def test_indented_settings_stay_settings(tmp_path: Path, header: str, body: str) -> None:
    """A line with fewer blanks above them would swallow them: to the AWS CLI they would be one long value."""
    path = tmp_path / "config"
    path.write_text(f"{header}\n{body}[profile a]\n")
    before = load_config(str(path))["profiles"]
    put_profile(str(path), "dev", MFA)
    assert load_config(str(path))["profiles"] == {"dev": {**before["dev"], **MFA}, "a": {}}


def test_the_aws_cli_reads_what_was_written(tmp_path: Path) -> None:
    """The parser of botocore finds both, also in a file from Windows."""
    path = tmp_path / "config"
    path.write_bytes(b"[profile a]\r\nregion = x\r\n")
    for name in ("dev", "two words", "default"):
        put_profile(str(path), name, MFA)
    profiles = load_config(str(path))["profiles"]
    assert profiles == {"a": {"region": "x"}, "dev": MFA, "two words": MFA, "default": MFA}
    assert path.read_bytes().startswith(b"[profile a]\r\nregion = x\r\n")


def test_bytes_that_are_no_text_stay_what_they_are(tmp_path: Path) -> None:
    """A comment in another encoding survives."""
    path = tmp_path / "config"
    path.write_bytes(b"# caf\xe9\r\n\x00\n")
    assert put_profile(str(path), "dev", {})
    assert path.read_bytes() == b"# caf\xe9\r\n\x00\n\n[profile dev]\n"


def test_reading_and_writing_agree_on_every_kind_of_header() -> None:
    """Whatever `Config` calls a profile, the writer finds."""
    for header in ("[profile dev]", "[ profile dev ]", "[profile\tdev]", "[profile 'dev']", "[profile dev]]x"):
        if Config(header).names() == ["dev"]:
            assert with_profile(f"{header}\n", "dev", MFA) == f"{header}\nmfa_serial = {SERIAL}\n"
