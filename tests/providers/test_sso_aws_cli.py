"""The AWS CLI's sign-in: its access token is used while it is valid, and nothing is written there."""

from __future__ import annotations

import hashlib
import json
import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.aws.sso_client import OidcClient

if TYPE_CHECKING:
    from pathlib import Path

    from tests.aws.sso import Sso
    from tests.providers.sign_in_browser import SignInBrowser
    from tests.sandbox import Sandbox

ENV = ("env", "reader", "--shell", "bash", "--no-input")
LATER = "2099-01-01T00:00:00Z"


def write_cache(sandbox: Sandbox, content: str | bytes, name: str = "corp") -> Path:
    """Put this where the AWS CLI keeps a sign-in's token, and return the file."""
    folder = sandbox.home / ".aws" / "sso" / "cache"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest()}.json"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def cache_entry(sandbox: Sandbox, **changed: Any) -> str:
    """Return a sign-in as cached by the AWS CLI, with some fields changed."""
    token = OidcClient(sandbox.aws).sign_in()
    return json.dumps(
        {
            "startUrl": sandbox.aws.world.sso.start_url,
            "region": "eu-west-1",
            "accessToken": token["accessToken"],
            "expiresAt": LATER,
            "refreshToken": token["refreshToken"],
            **changed,
        }
    )


def test_a_differently_spelled_portal_is_found(sandbox: Sandbox, sso: Sso, browser: SignInBrowser) -> None:
    """Without an sso-session, the AWS CLI names the cache file after the URL as it is spelled."""
    spelled = f"{sso.start_url}/#/"
    sandbox.configure(
        f"[profile old]\nsso_start_url = {spelled}\nsso_region = EU-west-1\n"
        "sso_account_id = 111122223333\nsso_role_name = reader\n"
    )
    write_cache(sandbox, cache_entry(sandbox, startUrl=spelled, region="EU-west-1"), spelled)
    done = sandbox.run("env", "old", "--shell", "bash", "--no-input")
    assert done.returncode == 0, done.stderr
    assert browser.opened == []


@pytest.mark.usefixtures("sso")
@pytest.mark.parametrize("ends", [LATER, "2099-01-01T00:00:00UTC", "2099-01-01T01:00:00+01:00"])
def test_a_valid_token_makes_the_browser_unnecessary(sandbox: Sandbox, browser: SignInBrowser, ends: str) -> None:
    """However its expiry is written; the file is unchanged, and no other file appears."""
    file = write_cache(sandbox, before := cache_entry(sandbox, expiresAt=ends))
    done = sandbox.run(*ENV)
    assert done.returncode == 0, done.stderr
    assert browser.opened == []
    assert [path.read_text() for path in file.parent.iterdir()] == [before]


def test_the_token_of_a_legacy_sign_in_is_found(sandbox: Sandbox, sso: Sso, browser: SignInBrowser) -> None:
    """Its file is named after the start URL."""
    sandbox.configure(f"[profile old]\nsso_start_url = {sso.start_url}\nsso_region = eu-west-1\n")
    sandbox.configure("sso_account_id = 111122223333\nsso_role_name = reader\n")
    write_cache(sandbox, cache_entry(sandbox), sso.start_url)
    assert sandbox.run("env", "old", "--shell", "bash", "--no-input").returncode == 0
    assert browser.opened == []


@pytest.mark.usefixtures("sso")
@pytest.mark.parametrize(
    "changed",
    [
        {"expiresAt": "2020-01-01T00:00:00Z"},
        {"expiresAt": "soon"},
        {"expiresAt": None},
        {"expiresAt": []},
        {"startUrl": "https://other.awsapps.com/start"},
        {"region": "us-east-1"},
        {"accessToken": ""},
        {"accessToken": "a b"},
        {"accessToken": "a\r\nX: y"},
        {"accessToken": 7},
        {"accessToken": None},
    ],
    ids=str,
)
def test_an_unusable_token_is_ignored(sandbox: Sandbox, changed: dict[str, object]) -> None:
    """As if there was none."""
    write_cache(sandbox, cache_entry(sandbox, **changed))
    done = sandbox.run(*ENV)
    assert (done.returncode, done.stdout) == (6, "false\n")
    assert "needs a sign-in" in done.stderr
    assert sandbox.aws.world.count("GetRoleCredentials") == 0


@pytest.mark.usefixtures("sso")
def test_a_token_that_is_about_to_expire_is_ignored(sandbox: Sandbox) -> None:
    """Ten minutes are less than the margin: a new one would be due at once."""
    soon = datetime.now(UTC) + timedelta(minutes=10)
    write_cache(sandbox, cache_entry(sandbox, expiresAt=soon.strftime("%Y-%m-%dT%H:%M:%SZ")))
    assert sandbox.run(*ENV).returncode == 6
    assert sandbox.aws.world.count("GetRoleCredentials") == 0


@pytest.mark.usefixtures("sso")
@pytest.mark.parametrize(
    "content", ["", "{", "[]", "7", "null", "[" * 100_000, '{"a":' * 100_000, b"\xff\xfe\x00", '{"startUrl": 1}']
)
def test_garbage_is_ignored(sandbox: Sandbox, content: str | bytes) -> None:
    """Cut short, nested too deep, of another type, or not text."""
    write_cache(sandbox, content)
    done = sandbox.run(*ENV)
    assert (done.returncode, done.stdout) == (6, "false\n")
    assert "Traceback" not in done.stderr


@pytest.mark.usefixtures("sso")
@pytest.mark.parametrize("kind", ["folder", "pipe", "dangling link", "link in a circle"])
def test_anything_but_a_file_is_ignored(sandbox: Sandbox, kind: str) -> None:
    """As if there was none."""
    file = write_cache(sandbox, "")
    file.unlink()
    if kind == "folder":
        file.mkdir()
    elif kind == "pipe":
        os.mkfifo(file)
    else:
        file.symlink_to("nowhere" if kind == "dangling link" else file.name)
    assert sandbox.run(*ENV).returncode == 6


def test_a_revoked_token_is_not_used_again(sandbox: Sandbox, sso: Sso, browser: SignInBrowser) -> None:
    """It stays in the file until it expires, and must not keep the user from signing in."""
    write_cache(sandbox, cache_entry(sandbox))
    assert sandbox.run(*ENV).returncode == 0
    sso.revoke_tokens()
    done = sandbox.run("env", "admin", "--shell", "bash")
    assert done.returncode == 0, done.stderr
    assert len(browser.opened) == 1
    assert sandbox.run("login", "--sso", "--no-input").returncode == 0
