"""ini and json, read by botocore as the AWS CLI and the SDKs do."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import botocore.session
import pytest

from shellvault.core.errors import UsageError
from shellvault.shell.formats import renderer
from tests.dialects.hostile import hostile_values
from tests.formats.values import EXPIRY, KEY, SECRET, TOKEN, exported

if TYPE_CHECKING:
    from pathlib import Path

    from botocore.credentials import Credentials

FILES = {"ini": "credentials_file", "ini-config": "config_file"}
NAMES = ("dev", "default", "my prod", "a.b/c@d", "$(touch x)", "ünï", "a=b:c", "#x;y", "profile x")


def read(folder: Path, profile: str, **files: str) -> tuple[Credentials, str]:
    """Return the credentials and the region that botocore finds for a profile in these files, and in no others."""
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
def test_botocore_finds_the_profile_in_the_file_that_it_is_for(form: str, name: str, tmp_path: Path) -> None:
    """Key, secret, token and region, whatever the name."""
    text = renderer(form)(exported(name))
    found, region = read(tmp_path, name, **{FILES[form]: text})
    assert (found.access_key, found.secret_key, found.token, region) == (KEY, SECRET, TOKEN, "eu-west-1")
    assert f"\naws_credential_expiration = {EXPIRY}\n" in text


@pytest.mark.parametrize("form", FILES)
def test_a_key_pair_has_no_token_in_it(form: str, tmp_path: Path) -> None:
    """Nor an expiry."""
    text = renderer(form)(exported(token=None))
    assert read(tmp_path, "dev", **{FILES[form]: text})[0].token is None
    assert "expiration" not in text


@pytest.mark.parametrize("form", FILES)
def test_every_value_that_is_written_is_read_as_it_was(form: str, tmp_path: Path) -> None:
    """The others are refused."""
    written = 0
    for value in {os.fsdecode(value) for value in hostile_values(300) if len(value) < 500}:
        try:
            text = renderer(form)(exported(secret=value))
        except UsageError:
            continue
        if not value.isprintable():  # no text in a file's encoding
            continue
        assert read(tmp_path, "dev", **{FILES[form]: text})[0].secret_key == value
        written += 1
    assert written > 20


@pytest.mark.parametrize("value", ["a b", "a\n[other]\nx = y", "a\rb", " a", "a ", "a #b", "a\tb", "\0", "a\x85b"])
def test_a_value_that_would_end_its_line_or_begin_a_comment_is_refused(value: str) -> None:
    """With the setting's variable, and not the value."""
    with pytest.raises(UsageError, match=r"^AWS_SECRET_ACCESS_KEY cannot be written as an ini setting"):
        renderer("ini")(exported(secret=value))


@pytest.mark.parametrize("name", ["a]b", "[a", 'a"b', "a'b", "a\\b", "a\nb", " a", "a ", "", "DEFAULT"])
def test_a_name_that_no_heading_can_hold_is_refused(name: str) -> None:
    """It would be another profile's name, or none."""
    with pytest.raises(UsageError, match="cannot be written as a heading"):
        renderer("ini")(exported(name))


def test_json_holds_every_value() -> None:
    """Also what is no text: as escapes."""
    for value in {os.fsdecode(value) for value in hostile_values(300)}:
        assert json.loads(renderer("json")(exported(secret=value)))["SecretAccessKey"] == value


@pytest.mark.parametrize("token", [TOKEN, None])
def test_botocores_process_provider_takes_the_json(token: str | None, tmp_path: Path) -> None:
    """From a process that prints it."""
    secret = "a'b\"c\\d é\u2028"
    (tmp_path / "document").write_text(renderer("json")(exported(secret=secret, token=token)))
    config = f"[profile dev]\ncredential_process = cat {tmp_path / 'document'}\n"
    found, _ = read(tmp_path, "dev", config_file=config)
    assert (found.access_key, found.secret_key, found.token) == (KEY, secret, token)


@pytest.mark.parametrize(("name", "same"), [("process", "json"), ("env-no-export", "env")])
def test_two_names_of_one_format_give_the_same(name: str, same: str) -> None:
    """The AWS CLI's and aws-vault's."""
    assert renderer(name)(exported()) == renderer(same)(exported())
