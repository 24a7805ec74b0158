"""The AWS CLI, boto3 and the AWS SDK for JavaScript get credentials from the endpoint, and renew them there."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.endpoint.serving import NODE_PACKAGES, ROLE, serve
from tests.sandbox import aws_cli

if TYPE_CHECKING:
    import subprocess

    from tests.endpoint.serving import Serving
    from tests.sandbox import Sandbox

QUERY = ("sts", "get-caller-identity", "--output", "text", "--query", "Arn")
IDENTITY = Path(__file__).parents[1] / "node" / "identity.cjs"
BOTO3 = """
import sys, time, boto3
session, seen = boto3.Session(), set()
client = session.client("sts")
while len(seen) < int(sys.argv[1]):
    arn = client.get_caller_identity()["Arn"]
    seen.add(session.get_credentials().get_frozen_credentials().access_key)
    print(arn, len(seen))
    time.sleep(0.5)
"""
PROGRAMS = {
    "the AWS CLI": (aws_cli(), *QUERY),
    "boto3": (sys.executable, "-c", BOTO3, "1"),
    "JavaScript": ("node", str(IDENTITY)),
}
LIFE = 4  # seconds that a session lasts


def run_beside(
    sandbox: Sandbox, serving: Serving, argv: tuple[str, ...], **extra: str
) -> subprocess.CompletedProcess[str]:
    """Run a program with the endpoint's two variables and a region."""
    variables = serving.variables | {
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "NODE_PATH": str(NODE_PACKAGES),
    }
    return sandbox.command(list(argv), **variables | extra)


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_gets_the_session(reader: Sandbox, program: str) -> None:
    """The two variables are all it needs."""
    with serve(reader) as serving:
        done = run_beside(reader, serving, PROGRAMS[program])
    assert (done.returncode, done.stdout.split()[:1]) == (0, [ROLE]), done.stderr


@pytest.mark.parametrize(
    "argv", [(sys.executable, "-c", BOTO3, "6"), ("node", str(IDENTITY), "6")], ids=["boto3", "js"]
)
def test_a_program_started_once_outlives_five_sessions(reader: Sandbox, argv: tuple[str, ...]) -> None:
    """It sees no error, and AWS is called once for each session."""
    reader.aws.world.session_life = LIFE
    with serve(reader) as serving:
        done = run_beside(reader, serving, argv)
    assert done.returncode == 0, done.stderr
    assert {line.split()[0] for line in done.stdout.splitlines()} == {ROLE}
    assert len(done.stdout.splitlines()) >= 5 * LIFE  # two calls a second, and a session is renewed before it ends
    assert reader.aws.world.count("AssumeRole") == 6


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_shows_why_there_is_no_session(reader: Sandbox, program: str) -> None:
    """It also shows what to do. In JavaScript, only the `fromHttp` provider does so, not the default chain."""
    reader.aws.world.session_life = 1
    with serve(reader) as serving:
        reader.aws.world.delete_key(reader.aws.world.calls[0].access_key_id or "")
        time.sleep(2)
        words = ("1", "fromHttp") if program == "JavaScript" else ()
        done = run_beside(reader, serving, (*PROGRAMS[program], *words))
    assert done.returncode != 0
    assert "AwsRefused" in done.stderr
    assert "shellvault: " in done.stderr
