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
def me(sandbox: Sandbox) -> Sandbox:
    """Return a sandbox with the profile `me`."""
    sandbox.configure(f"[profile me]\nlogin_session = {SESSION}\nregion = eu-west-1\n")
    return sandbox


def signed_in(sandbox: Sandbox, minutes: float, **changes: object) -> None:
    """Write what `aws login` writes, for a session with so many minutes left."""
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


def test_the_session_of_aws_login_is_put_into_the_shell(me: Sandbox) -> None:
    """Where it has time enough, nobody is asked."""
    signed_in(me, 60)
    done = me.shell("bash", 'eval "$(shellvault env me)" && env -0')
    known = me.aws.world.credential(parse_environment(done.stdout)["AWS_ACCESS_KEY_ID"])
    assert known is not None, done.stderr
    assert known.principal.arn == SESSION


def test_a_role_is_assumed_over_it(me: Sandbox) -> None:
    """As over any other source."""
    signed_in(me, 60)
    me.configure(f"[profile reader]\nrole_arn = {me.aws.world.role('reader').arn}\nsource_profile = me\n")
    assert me.run("env", "reader", "--shell", "bash").returncode == 0
    assert me.aws.world.count("AssumeRole", "ok") == 1


def test_one_that_cannot_be_renewed_serves_until_it_ends(me: Sandbox) -> None:
    """Five minutes are better than none."""
    signed_in(me, 5)
    done = me.run(*ENV)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("minutes", [-5, None])
def test_without_a_valid_session_the_person_is_told_to_log_in(me: Sandbox, minutes: float | None) -> None:
    """Status 6, and the command to type."""
    if minutes is not None:
        signed_in(me, minutes)
    done = me.run(*ENV)
    assert (done.returncode, done.stdout) == (6, "false\n")
    assert "hint: aws login --profile me" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("wrong", [{"accessToken": None}, {"accessToken": {}}, {"accessToken": {"expiresAt": "x"}}])
def test_a_garbled_cache_is_none(me: Sandbox, wrong: dict[str, Any]) -> None:
    """It is a file that others write."""
    signed_in(me, 60, **wrong)
    done = me.run(*ENV)
    assert (done.returncode, done.stdout) == (6, "false\n")
    assert "Traceback" not in done.stderr
