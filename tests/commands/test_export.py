"""`export`: a session for another program, in a format of its own, and nothing at all where it fails."""

from __future__ import annotations

import json
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

from shellvault.shell.formats import FORMATS
from tests.aws.server import wait_for
from tests.commands.people import with_mfa, with_role
from tests.commands.terminal import at_terminal
from tests.sandbox import SHELLVAULT, aws_cli, exported

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sandbox import Sandbox

ARN = "arn:aws:sts::111122223333:assumed-role/alpha/shellvault-alpha"
IDENTITY = ("sts", "get-caller-identity", "--output", "text", "--query", "Arn")


def lines(printed: str) -> dict[str, str]:
    """Read KEY=value lines."""
    return dict(line.split("=", 1) for line in printed.splitlines())


@pytest.mark.parametrize("words", [(), ("--format", "env"), ("--format=env-no-export",)])
def test_without_a_format_it_is_the_one_of_aws_vault(settled: Sandbox, words: tuple[str, ...]) -> None:
    """Exactly these variables, each with its value as `exec` gives it, and no word of anything else."""
    done = settled.run("export", "alpha", *words)
    assert (done.returncode, done.stderr) == (0, "")
    given = exported(settled.run("exec", "alpha", "--", "env", "-0").stdout)
    assert lines(done.stdout) == {
        name: given[name]
        for name in (
            *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CREDENTIAL_EXPIRATION"),
            *("AWS_REGION", "AWS_DEFAULT_REGION"),
        )
    }


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_can_be_had(settled: Sandbox, form: str) -> None:
    """And each carries key, secret and token as AWS gave them."""
    given = lines(settled.run("export", "alpha").stdout)
    done = settled.run("export", "alpha", "--format", form)
    assert (done.returncode, done.stderr) == (0, "")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CREDENTIAL_EXPIRATION"):
        assert given[name] in done.stdout, f"{name} is missing"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_lines_of_its_help_work(settled: Sandbox, shell: str) -> None:
    """What is sourced so is the session, for the AWS CLI."""
    into = "shellvault export alpha --format fish | source; and"
    posix = "source <(shellvault export alpha --format export-env) &&"
    done = settled.shell(shell, f"{into if shell == 'fish' else posix} '{aws_cli()}' {' '.join(IDENTITY)}")
    assert (done.returncode, done.stdout.strip()) == (0, ARN), done.stderr


@pytest.mark.parametrize(
    ("form", "variable"), [("ini", "AWS_SHARED_CREDENTIALS_FILE"), ("ini-config", "AWS_CONFIG_FILE")]
)
def test_the_aws_cli_takes_the_section_from_the_file_that_it_is_for(
    settled: Sandbox, form: str, variable: str, tmp_path: Path
) -> None:
    """By the profile's own name, with its region."""
    file = tmp_path / "file"
    file.write_text(settled.run("export", "alpha", "--format", form).stdout)
    files = {"AWS_SHARED_CREDENTIALS_FILE": "/nowhere", "AWS_CONFIG_FILE": "/nowhere", variable: str(file)}
    done = settled.command([aws_cli(), "--profile", "alpha", *IDENTITY], **files)
    assert (done.returncode, done.stdout.strip()) == (0, ARN), done.stderr


def test_the_aws_cli_takes_the_json_from_the_process(settled: Sandbox, tmp_path: Path) -> None:
    """As `exec --json` prints it, byte for byte."""
    config = tmp_path / "config"
    process = f"env AWS_CONFIG_FILE={settled.config} {SHELLVAULT} export alpha --format json"
    config.write_text(f"[profile cli]\nregion = eu-west-1\ncredential_process = {process}\n")
    done = settled.command([aws_cli(), "--profile", "cli", *IDENTITY], AWS_CONFIG_FILE=str(config))
    assert (done.returncode, done.stdout.strip()) == (0, ARN), done.stderr
    printed = settled.run("export", "alpha", "--format", "json").stdout
    assert printed == settled.run("exec", "alpha", "--json").stdout
    assert printed == json.dumps(json.loads(printed), indent=2) + "\n"


def test_a_region_is_given_where_one_is_known(settled: Sandbox) -> None:
    """The option's, else the profile's, else none."""
    assert lines(settled.run("export", "alpha", "--region", "eu-north-1").stdout)["AWS_REGION"] == "eu-north-1"
    assert lines(settled.run("export", "alpha").stdout)["AWS_DEFAULT_REGION"] == "eu-west-1"
    assert "REGION" not in settled.run("export", "beta").stdout


def test_a_key_pair_itself_has_neither_token_nor_expiry(settled: Sandbox) -> None:
    """With --no-session."""
    assert lines(settled.run("export", "base", "-n").stdout).keys() == {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ("jsno", "did you mean json?"),
        ("power-shell", "did you mean powershell?"),
        ("INI", "did you mean ini?"),
        ("?", "choose one of: env, export-env, json, ini, "),
    ],
)
def test_a_format_that_is_none_is_a_mistake_of_usage(settled: Sandbox, wrong: str, hint: str) -> None:
    """Status 2, with the nearest ones, or all of them."""
    done = settled.run("export", "alpha", "--format", wrong)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: there is no format '{wrong}'\nhint: {hint}")


@pytest.mark.parametrize(
    ("words", "status"), [(("nobody",), 3), ((), 2), (("alpha", "beta"), 2), (("alpha", "--format"), 2)]
)
def test_a_failure_prints_nothing(settled: Sandbox, words: tuple[str, ...], status: int) -> None:
    """On stdout: half a file would be taken for a whole one."""
    done = settled.run("export", *words)
    assert (done.returncode, done.stdout) == (status, "")
    assert done.stderr.startswith("error: ")


def test_who_would_have_to_be_asked_and_must_not_be(sandbox: Sandbox) -> None:
    """Status 6, and nothing on stdout."""
    with_mfa(sandbox)
    done = sandbox.run("export", "guarded", "--format", "export-env", "--no-input")
    assert (done.returncode, done.stdout) == (6, "")


def test_a_name_that_the_format_cannot_hold_is_refused(sandbox: Sandbox) -> None:
    """ini: by the format's name, with another one to choose."""
    with_role(sandbox)
    sandbox.configure("[profile it's]\ninclude_profile = reader\n")
    done = sandbox.run("export", "it's", "--format", "ini")
    assert (done.returncode, done.stdout) == (2, "")
    assert "cannot be written as a heading (format ini)\nhint: choose another one: " in done.stderr


def test_on_a_terminal_it_is_shown_only_if_revealed(settled: Sandbox) -> None:
    """What to do instead stands in the hint."""
    with at_terminal(settled, [SHELLVAULT, "export", "alpha"]) as terminal:
        assert terminal.ends() == 2
    assert "AWS_" not in terminal.seen
    assert "error: this would show secrets on the terminal" in terminal.seen
    with at_terminal(settled, [SHELLVAULT, "export", "alpha", "--reveal"]) as terminal:
        assert terminal.ends() == 0
    assert "AWS_SECRET_ACCESS_KEY=" in terminal.seen


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM)])
def test_an_interruption_leaves_an_empty_output(sandbox: Sandbox, number: signal.Signals, status: int) -> None:
    """While AWS takes its time."""
    with_role(sandbox)
    sandbox.aws.faults.next("hang", None)
    with subprocess.Popen([SHELLVAULT, "export", "reader"], env=sandbox.env, stdout=-1, stderr=-1) as process:
        assert wait_for(sandbox.aws.world, "AssumeRole", 1)
        process.send_signal(number)
        out, _ = process.communicate(timeout=15)
    assert (process.returncode, out) == (status, b"")


def test_a_cached_session_loads_nothing_heavy(settled: Sandbox) -> None:
    """Not even for JSON."""
    for form in FORMATS:
        done = settled.run("export", "alpha", "--format", form, PYTHONPROFILEIMPORTTIME="1")
        loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
        assert "shellvault.shell.formats" in loaded
        assert loaded & {"json", "re", "botocore", "keyring", "subprocess", "dataclasses", "cryptography"} == set()
