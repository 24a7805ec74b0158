"""ini and json, read by botocore as the AWS CLI and the SDKs do."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import botocore.session
import pytest

from shellvault.core.errors import UsageError
from shellvault.shell.formats import find_format
from tests.dialects.hostile_values import hostile_values
from tests.formats.sample_exports import EXPIRY, KEY, SECRET, TOKEN, make_export

if TYPE_CHECKING:
    from pathlib import Path

    from botocore.credentials import Credentials

FILES = {"ini": "credentials_file", "ini-config": "config_file"}
NAMES = ("dev", "default", "my prod", "a.b/c@d", "$(touch x)", "ünï", "a=b:c", "#x;y", "profile x")


def read_profile(folder: Path, profile: str, **files: str) -> tuple[Credentials, str]:
    """Return the credentials and region that botocore finds for a profile, in these files only."""
    made = botocore.session.Session(profile=profile)
    for setting in ("credentials_file", "config_file"):
        file = folder / setting
        file.write_text(files.get(setting, ""), encoding="utf-8")
        made.set_config_variable(setting, str(file))
    found = made.get_credentials()
    assert found
    return found, str(made.get_config_variable("region"))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("form", FILES)
def test_botocore_finds_the_profile_in_its_file(form: str, name: str, tmp_path: Path) -> None:
    """Key, secret, token and region, whatever the name."""
    text = find_format(form)(make_export(name))
    found, region = read_profile(tmp_path, name, **{FILES[form]: text})
    assert (found.access_key, found.secret_key, found.token, region) == (KEY, SECRET, TOKEN, "eu-west-1")
    assert f"\naws_credential_expiration = {EXPIRY}\n" in text


@pytest.mark.parametrize("form", FILES)
def test_key_pair_has_no_token(form: str, tmp_path: Path) -> None:
    """Nor an expiry."""
    text = find_format(form)(make_export(token=None))
    assert read_profile(tmp_path, "dev", **{FILES[form]: text})[0].token is None
    assert "expiration" not in text


@pytest.mark.parametrize("form", FILES)
def test_every_accepted_value_is_read_back_unchanged(form: str, tmp_path: Path) -> None:
    """All others are refused."""
    written = 0
    for value in {os.fsdecode(value) for value in hostile_values(300) if len(value) < 500}:
        try:
            text = find_format(form)(make_export(secret=value))
        except UsageError:
            continue
        if not value.isprintable():  # not valid text in the file's encoding
            continue
        assert read_profile(tmp_path, "dev", **{FILES[form]: text})[0].secret_key == value
        written += 1
    assert written > 20


@pytest.mark.parametrize("value", ["a b", "a\n[other]\nx = y", "a\rb", " a", "a ", "a #b", "a\tb", "\0", "a\x85b"])
def test_value_that_would_break_its_line_is_refused(value: str) -> None:
    """The error names the variable, not the value."""
    with pytest.raises(UsageError, match=r"^AWS_SECRET_ACCESS_KEY cannot be written as an ini setting"):
        find_format("ini")(make_export(secret=value))


@pytest.mark.parametrize("name", ["a]b", "[a", 'a"b', "a'b", "a\\b", "a\nb", " a", "a ", "", "DEFAULT"])
def test_name_that_no_heading_can_hold_is_refused(name: str) -> None:
    """It would become another profile's name, or none."""
    with pytest.raises(UsageError, match="cannot be written as a section header"):
        find_format("ini")(make_export(name))


def test_json_holds_every_value() -> None:
    """Even invalid text, as escapes."""
    for value in {os.fsdecode(value) for value in hostile_values(300)}:
        assert json.loads(find_format("json")(make_export(secret=value)))["SecretAccessKey"] == value


@pytest.mark.parametrize("token", [TOKEN, None])
def test_botocore_process_provider_accepts_the_json(token: str | None, tmp_path: Path) -> None:
    """From a process that prints it."""
    secret = "a'b\"c\\d é\u2028"
    (tmp_path / "document").write_text(find_format("json")(make_export(secret=secret, token=token)))
    config = f"[profile dev]\ncredential_process = cat {tmp_path / 'document'}\n"
    found, _ = read_profile(tmp_path, "dev", config_file=config)
    assert (found.access_key, found.secret_key, found.token) == (KEY, secret, token)


@pytest.mark.parametrize(("name", "same"), [("process", "json"), ("env-no-export", "env")])
def test_aliases_produce_the_same_format(name: str, same: str) -> None:
    """Names used by the AWS CLI and aws-vault."""
    assert find_format(name)(make_export()) == find_format(same)(make_export())
