"""`export`: a session for another program, in a format of choice, and nothing at all on failure."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from shellvault.shell.formats import FORMATS
from tests.aws.server import wait_for_calls
from tests.commands.role_profiles import add_mfa_role, add_role
from tests.commands.terminal import open_terminal
from tests.sandbox import SESSION_NAME, SHELLVAULT, aws_cli, parse_environment

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sandbox import Sandbox

ARN = f"arn:aws:sts::111122223333:assumed-role/alpha/{SESSION_NAME}"
IDENTITY = ("sts", "get-caller-identity", "--output", "text", "--query", "Arn")


def parse_lines(printed: str) -> dict[str, str]:
    """Parse KEY=value lines."""
    return dict(line.split("=", 1) for line in printed.splitlines())


@pytest.mark.parametrize("words", [(), ("--format", "env"), ("--format=env-no-export",)])
def test_default_format_is_that_of_awsvault(warm_sandbox: Sandbox, words: tuple[str, ...]) -> None:
    """Exactly these variables, with the same values as in `exec`, and nothing else."""
    done = warm_sandbox.run("export", "alpha", *words)
    assert (done.returncode, done.stderr) == (0, "")
    given = parse_environment(warm_sandbox.run("exec", "alpha", "--", "env", "-0").stdout)
    assert parse_lines(done.stdout) == {
        name: given[name]
        for name in (
            *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CREDENTIAL_EXPIRATION"),
            *("AWS_ACCOUNT_ID", "AWS_REGION", "AWS_DEFAULT_REGION"),
        )
    }


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_contains_the_session(warm_sandbox: Sandbox, form: str) -> None:
    """Key, secret and token as issued by AWS."""
    given = parse_lines(warm_sandbox.run("export", "alpha").stdout)
    done = warm_sandbox.run("export", "alpha", "--format", form)
    assert (done.returncode, done.stderr) == (0, "")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CREDENTIAL_EXPIRATION"):
        assert given[name] in done.stdout, f"{name} is missing"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_commands_from_the_help_text_work(warm_sandbox: Sandbox, shell: str) -> None:
    """After sourcing the output, the AWS CLI uses the session."""
    into = "shellvault export alpha --format fish | source; and"
    posix = 'eval "$(shellvault export alpha --format export-env)" &&'
    done = warm_sandbox.shell(shell, f"{into if shell == 'fish' else posix} '{aws_cli()}' {' '.join(IDENTITY)}")
    assert (done.returncode, done.stdout.strip()) == (0, ARN), done.stderr


@pytest.mark.parametrize(
    ("form", "variable"), [("ini", "AWS_SHARED_CREDENTIALS_FILE"), ("ini-config", "AWS_CONFIG_FILE")]
)
def test_aws_cli_reads_the_section_from_a_file(warm_sandbox: Sandbox, form: str, variable: str, tmp_path: Path) -> None:
    """Under the profile's own name, with its region."""
    file = tmp_path / "file"
    file.write_text(warm_sandbox.run("export", "alpha", "--format", form).stdout)
    files = {"AWS_SHARED_CREDENTIALS_FILE": "/nowhere", "AWS_CONFIG_FILE": "/nowhere", variable: str(file)}
    done = warm_sandbox.command([aws_cli(), "--profile", "alpha", *IDENTITY], **files)
    assert (done.returncode, done.stdout.strip()) == (0, ARN), done.stderr


def test_aws_cli_reads_json_from_a_credential_process(warm_sandbox: Sandbox, tmp_path: Path) -> None:
    """The output equals that of `exec --json`, byte for byte."""
    config = tmp_path / "config"
    process = f"env AWS_CONFIG_FILE={warm_sandbox.config} {SHELLVAULT} export alpha --format json"
    config.write_text(f"[profile cli]\nregion = eu-west-1\ncredential_process = {process}\n")
    done = warm_sandbox.command([aws_cli(), "--profile", "cli", *IDENTITY], AWS_CONFIG_FILE=str(config))
    assert (done.returncode, done.stdout.strip()) == (0, ARN), done.stderr
    printed = warm_sandbox.run("export", "alpha", "--format", "json").stdout
    assert printed == warm_sandbox.run("exec", "alpha", "--json").stdout
    assert printed == json.dumps(json.loads(printed), indent=2) + "\n"


def test_region_is_included_if_known(warm_sandbox: Sandbox) -> None:
    """From the option, else the profile, else none."""
    assert (
        parse_lines(warm_sandbox.run("export", "alpha", "--region", "eu-north-1").stdout)["AWS_REGION"] == "eu-north-1"
    )
    assert parse_lines(warm_sandbox.run("export", "alpha").stdout)["AWS_DEFAULT_REGION"] == "eu-west-1"
    assert "REGION" not in warm_sandbox.run("export", "beta").stdout


def test_key_pair_export_has_no_token_or_expiry(warm_sandbox: Sandbox) -> None:
    """With --no-session."""
    assert parse_lines(warm_sandbox.run("export", "base", "-n").stdout).keys() == {
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
    }


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ("jsno", "did you mean json?"),
        ("power-shell", "did you mean powershell?"),
        ("INI", "did you mean ini?"),
        ("?", "choose one of: env, export-env, json, ini, "),
    ],
)
def test_unknown_format_is_a_usage_error(warm_sandbox: Sandbox, wrong: str, hint: str) -> None:
    """Status 2, with similar formats, or all of them."""
    done = warm_sandbox.run("export", "alpha", "--format", wrong)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: unknown format '{wrong}'\nhint: {hint}")


@pytest.mark.parametrize(
    ("words", "status"), [(("nobody",), 3), ((), 2), (("alpha", "beta"), 2), (("alpha", "--format"), 2)]
)
def test_failure_prints_nothing(warm_sandbox: Sandbox, words: tuple[str, ...], status: int) -> None:
    """Partial output on stdout could be taken for a complete file."""
    done = warm_sandbox.run("export", *words)
    assert (done.returncode, done.stdout) == (status, "")
    assert done.stderr.startswith("error: ")


def test_missing_mfa_code_without_prompting_fails(sandbox: Sandbox) -> None:
    """Status 6, and nothing on stdout."""
    add_mfa_role(sandbox)
    done = sandbox.run("export", "guarded", "--format", "export-env", "--no-input")
    assert (done.returncode, done.stdout) == (6, "")


def test_name_the_format_cannot_express_is_refused(sandbox: Sandbox) -> None:
    """For ini, the error names the format and suggests another name."""
    add_role(sandbox)
    sandbox.configure('[profile "it\'s"]\ninclude_profile = reader\n')
    done = sandbox.run("export", "it's", "--format", "ini")
    assert (done.returncode, done.stdout) == (2, "")
    assert "cannot be written as a section header (format ini)\nhint: choose another format: " in done.stderr


def test_secrets_are_shown_on_a_terminal_only_with_reveal(warm_sandbox: Sandbox) -> None:
    """The error comes with a hint on what to do instead."""
    with open_terminal(warm_sandbox, [SHELLVAULT, "export", "alpha"]) as terminal:
        assert terminal.wait_for_exit() == 2
    assert "AWS_" not in terminal.output
    assert "error: this would show secrets on the terminal" in terminal.output
    with open_terminal(warm_sandbox, [SHELLVAULT, "export", "alpha", "--reveal"]) as terminal:
        assert terminal.wait_for_exit() == 0
    assert "AWS_SECRET_ACCESS_KEY=" in terminal.output


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM)])
def test_interruption_leaves_stdout_empty(sandbox: Sandbox, number: signal.Signals, status: int) -> None:
    """While waiting for AWS."""
    add_role(sandbox)
    sandbox.aws.faults.next("hang", None)
    with subprocess.Popen([SHELLVAULT, "export", "reader"], env=sandbox.env, stdout=-1, stderr=-1) as process:
        assert wait_for_calls(sandbox.aws.world, "AssumeRole", 1)
        process.send_signal(number)
        out, _ = process.communicate(timeout=15)
    assert (process.returncode, out) == (status, b"")


def test_cached_session_loads_no_heavy_module(warm_sandbox: Sandbox) -> None:
    """Not even for JSON."""
    for form in FORMATS:
        words = (SHELLVAULT, "export", "alpha", "--format", form)
        done = warm_sandbox.command([sys.executable, "-X", "importtime", *words])
        loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
        assert "shellvault.shell.formats" in loaded
        assert loaded & {"json", "re", "botocore", "keyring", "subprocess", "dataclasses", "cryptography"} == set()
