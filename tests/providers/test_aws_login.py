"""`login_session`: the session of `aws login`, which the AWS CLI keeps under ~/.aws/login."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import botocore.utils
import pytest

from tests.sandbox import parse_environment

if TYPE_CHECKING:
    from tests.sandbox import Sandbox

SESSION = "arn:aws:iam::111122223333:user/alice"
ENV = ("env", "me", "--shell", "bash")


@pytest.fixture
def login_sandbox(sandbox: Sandbox) -> Sandbox:
    """Return a sandbox with the profile `me`."""
    sandbox.configure(f"[profile me]\nlogin_session = {SESSION}\nregion = eu-west-1\n")
    return sandbox


def write_login(sandbox: Sandbox, minutes: float, **changes: object) -> None:
    """Write what `aws login` writes, for a session with this many minutes left."""
    user = sandbox.aws.world.user().principal
    minted = sandbox.aws.world.issue_session(user, 3600)
    assert minted.session is not None
    end = datetime.now(UTC) + timedelta(minutes=minutes)
    token = {
        "accessToken": {
            "accessKeyId": minted.access_key_id,
            "secretAccessKey": str(minted.secret),
            "sessionToken": str(minted.session.token),
            "accountId": "111122223333",
            "expiresAt": end.strftime("%Y-%m-%dT%H:%M:%SZ"),
        },
        "refreshToken": "r",
        "dpopKey": "none",
        "clientId": "c",
        **changes,
    }
    utils: Any = botocore.utils
    folder = sandbox.home / ".aws" / "login" / "cache"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{utils.generate_login_cache_key(SESSION)}.json").write_text(json.dumps(token))


def test_the_session_of_aws_login_is_put_into_the_shell(login_sandbox: Sandbox) -> None:
    """While it has enough time left, the user is not asked."""
    write_login(login_sandbox, 60)
    done = login_sandbox.shell("bash", 'eval "$(shellvault env me)" && env -0')
    known = login_sandbox.aws.world.credential(parse_environment(done.stdout)["AWS_ACCESS_KEY_ID"])
    assert known is not None, done.stderr
    assert known.principal.arn == SESSION


def test_a_role_is_assumed_over_the_login_session(login_sandbox: Sandbox) -> None:
    """As over any other source."""
    write_login(login_sandbox, 60)
    login_sandbox.configure(
        f"[profile reader]\nrole_arn = {login_sandbox.aws.world.role('reader').arn}\nsource_profile = me\n"
    )
    assert login_sandbox.run("env", "reader", "--shell", "bash").returncode == 0
    assert login_sandbox.aws.world.count("AssumeRole", "ok") == 1


def test_a_session_that_cannot_be_renewed_is_used_until_it_expires(login_sandbox: Sandbox) -> None:
    """Five minutes are better than none."""
    write_login(login_sandbox, 5)
    done = login_sandbox.run(*ENV)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("minutes", [-5, None])
def test_without_a_valid_session_the_hint_is_aws_login(login_sandbox: Sandbox, minutes: float | None) -> None:
    """The status is 6."""
    if minutes is not None:
        write_login(login_sandbox, minutes)
    done = login_sandbox.run(*ENV)
    assert (done.returncode, done.stdout) == (6, "false\n")
    assert "hint: aws login --profile me" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("wrong", [{"accessToken": None}, {"accessToken": {}}, {"accessToken": {"expiresAt": "x"}}])
def test_a_garbled_cache_counts_as_no_session(login_sandbox: Sandbox, wrong: dict[str, Any]) -> None:
    """Other programs write that file."""
    write_login(login_sandbox, 60, **wrong)
    done = login_sandbox.run(*ENV)
    assert (done.returncode, done.stdout) == (6, "false\n")
    assert "Traceback" not in done.stderr
