"""`exec`: the program runs as if started directly, with nothing but the session added to its environment."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from tests.sandbox import parse_environment

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sandbox import Sandbox

WITHHELD = ("SHELLVAULT_PASSPHRASE", "SHELLVAULT_PASSPHRASE_FILE", "SHELLVAULT_MFA_TOKEN", "AWS_VAULT_FILE_PASSPHRASE")


def test_environment_is_the_callers_plus_the_session(warm_sandbox: Sandbox) -> None:
    """Variables that would override the session are removed, as are those meant for shellvault alone."""
    theirs = {
        "AWS_PROFILE": "mine",
        "AWS_SECURITY_TOKEN": "older-secret",
        "AWS_DEFAULT_REGION": "old",
        "EMPTY": "",
        "MINE": "é\n",
    }
    more = {
        "SHELLVAULT_PASSPHRASE": "x",
        "SHELLVAULT_MFA_TOKEN": "123456",
        "AWS_VAULT_FILE_PASSPHRASE": "x",
        "SHELLVAULT_RESTORE": "",
        "SHELLVAULT_PREVIOUS": "b",
    }
    done = warm_sandbox.run("exec", "alpha", "--", "env", "-0", **theirs, **more)
    seen = dict(parse_environment(done.stdout))
    session = parse_environment(warm_sandbox.shell("bash", 'eval "$(shellvault env alpha)"; env -0').stdout)
    keys = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CREDENTIAL_EXPIRATION")
    names = (*keys, "AWS_SESSION_EXPIRATION", "AWS_ACCOUNT_ID")
    times = ("SHELLVAULT_EXPIRES_AT", "SHELLVAULT_REFRESH_AT")
    assert {name: seen.pop(name) for name in (*names, *times)} == {name: session[name] for name in (*names, *times)}
    named = {
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_VAULT": "alpha",
        "SHELLVAULT_PROFILE": "alpha",
        "SHELLVAULT_ENDPOINT": warm_sandbox.aws.url,
        "SHELLVAULT_KEY_ID": session["AWS_ACCESS_KEY_ID"],
    }
    assert "older-secret" not in seen.pop("SHELLVAULT_RESTORE")
    inherited = {name: value for name, value in warm_sandbox.env.items() if name not in WITHHELD}
    assert seen == inherited | named | {"EMPTY": "", "MINE": "é\n"}


@pytest.mark.parametrize("locale", [{}, {"LC_CTYPE": "C.UTF-8"}, {"LANG": "C", "LC_CTYPE": "C"}, {"LC_CTYPE": "POSIX"}])
def test_locale_variables_are_unchanged(warm_sandbox: Sandbox, locale: dict[str, str]) -> None:
    """In the C locale, Python adds an LC_CTYPE of its own to its environment."""
    variables = [f"{name}={value}" for name, value in locale.items()]
    plain = ["env", "-u", "LC_ALL", "-u", "LANG", *variables]
    done = warm_sandbox.command([*plain, "shellvault", "exec", "alpha", "--", "env", "-0"])
    seen = parse_environment(done.stdout)
    assert {name: value for name, value in seen.items() if name.startswith(("LC_", "LANG"))} == locale


def test_nested_exec_leaves_nothing_of_the_outer_profile(warm_sandbox: Sandbox) -> None:
    """Each program sees exactly one session."""
    done = warm_sandbox.run("exec", "beta", "--", "shellvault", "exec", "alpha", "--", "env", "-0")
    direct = warm_sandbox.run("exec", "alpha", "--", "env", "-0")
    assert parse_environment(done.stdout) == parse_environment(direct.stdout)


@pytest.mark.parametrize("words", ["env beta", "env --unset"])
def test_shell_started_by_exec_can_switch_and_unset(warm_sandbox: Sandbox, words: str) -> None:
    """The outer profile's region is gone after a switch and after an unset."""
    script = f'eval "$(shellvault {words})"; env -0'
    done = warm_sandbox.run("exec", "alpha", "--", "bash", "--norc", "-c", script, AWS_REGION="home")
    assert parse_environment(done.stdout)["AWS_REGION"] == "home", done.stderr


def test_exit_status_is_that_of_the_program(warm_sandbox: Sandbox) -> None:
    """Zero or otherwise."""
    assert [warm_sandbox.run("exec", "alpha", "--", "sh", "-c", f"exit {n}").returncode for n in (0, 7, 255)] == [
        0,
        7,
        255,
    ]


def test_program_killed_by_a_signal_is_reported_as_killed(warm_sandbox: Sandbox) -> None:
    """Shells and `make` distinguish that from an exit status."""
    assert warm_sandbox.run("exec", "alpha", "--", "sh", "-c", "kill -TERM $$").returncode == -signal.SIGTERM


def test_missing_or_unusable_program_exits_as_in_a_shell(warm_sandbox: Sandbox, tmp_path: Path) -> None:
    """127 and 126, naming the program."""
    (tmp_path / "data").write_text("no program\n")
    for program, status, said in (
        ("no-such-program", 127, "error: there is no program 'no-such-program'"),
        ("", 127, "error: there is no program ''"),
        (str(tmp_path / "data" / "below"), 127, "error: there is no program"),
        (str(tmp_path / "data"), 126, "cannot be run: Permission denied"),
        (str(tmp_path), 126, "cannot be run: Permission denied"),
    ):
        done = warm_sandbox.run("exec", "alpha", "--", program)
        assert (done.returncode, done.stdout) == (status, "")
        assert said in done.stderr


def test_a_program_that_the_system_refuses_is_explained(warm_sandbox: Sandbox, tmp_path: Path) -> None:
    """A shell runs a script without a first line itself; other programs do not."""
    script = tmp_path / "script"
    script.write_text("echo hello\n")
    script.chmod(0o755)
    for words, hint in (
        ([str(script)], "give it a first line such as #!/bin/sh, or name the program that runs it: sh FILE"),
        (["true", "x" * 200_000], "shorten its arguments, or the environment"),
    ):
        done = warm_sandbox.run("exec", "alpha", "--", *words)
        assert (done.returncode, done.stderr.splitlines()[1:]) == (126, [f"hint: {hint}"])


def test_process_becomes_the_program(warm_sandbox: Sandbox) -> None:
    """Through execve: no shellvault process stays behind to relay signals or hold secrets."""
    script = 'echo $$; exec shellvault exec alpha -- sh -c "echo \\$\\$"'
    before, after = warm_sandbox.shell("dash", script).stdout.split()
    assert after == before


@pytest.mark.parametrize("traps", ["", 'trap "" HUP INT;'])
def test_signal_dispositions_are_those_of_the_caller(warm_sandbox: Sandbox, traps: str) -> None:
    """Python ignores SIGPIPE and SIGXFSZ, which would break `yes | head`; what `nohup` ignores stays ignored."""
    masks = "grep Sig[BIC] /proc/self/status"
    direct = warm_sandbox.shell("dash", f"{traps} {masks}; true").stdout
    through = warm_sandbox.shell("dash", f"{traps} shellvault exec alpha -- {masks}; true").stdout
    assert "SigIgn" in direct
    assert through == direct


def test_open_files_are_inherited_and_none_is_added(warm_sandbox: Sandbox) -> None:
    """A program may have been given more than three."""
    listing = "ls -l /proc/self/fd 4>/dev/null | sed 's/.* //' | wc -l"
    assert (
        warm_sandbox.shell("bash", f"shellvault exec alpha -- {listing}").stdout
        == warm_sandbox.shell("bash", listing).stdout
    )
    assert warm_sandbox.shell("bash", 'shellvault exec alpha -- sh -c "echo through >&7" 7>&1').stdout == "through\n"


def test_stdin_is_left_untouched(warm_sandbox: Sandbox) -> None:
    """None of it is read before the program starts."""
    text = "".join(f"{number}\n" for number in range(20_000))
    assert warm_sandbox.run("exec", "alpha", "--", "cat", stdin=text).stdout == text


@pytest.mark.parametrize(
    ("words", "argv"),
    [
        (("alpha", "--", "printf", "%s,", "--json", "-t", "--"), "--json,-t,--,"),
        (("alpha", "printf", "%s,", "--json", "--", "x y"), "--json,--,x y,"),
        (("--region", "us-east-1", "alpha", "printf", "%s,", "a", ""), "a,,"),
        (("alpha", "--region=us-east-1", "--", "printf", "%s,", "--region"), "--region,"),
    ],
)
def test_options_after_the_program_belong_to_the_program(
    warm_sandbox: Sandbox, words: tuple[str, ...], argv: str
) -> None:
    """With or without `--`."""
    assert warm_sandbox.run("exec", *words).stdout == argv


def test_region_option_overrides_the_profile(warm_sandbox: Sandbox) -> None:
    """As with `env`."""
    done = warm_sandbox.run(
        "exec", "alpha", "--region", "us-east-1", "--", "sh", "-c", "echo $AWS_REGION $AWS_DEFAULT_REGION"
    )
    assert done.stdout == "us-east-1 us-east-1\n"


def test_profile_defaults_to_aws_profile(warm_sandbox: Sandbox) -> None:
    """Nothing else is guessed: without it, the command line is incomplete."""
    words = ("exec", "--", "sh", "-c", "echo $AWS_VAULT")
    assert warm_sandbox.run(*words, AWS_PROFILE="beta").stdout == "beta\n"
    done = warm_sandbox.run(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert "error: no profile given" in done.stderr


def test_program_defaults_to_the_users_shell(warm_sandbox: Sandbox, tmp_path: Path) -> None:
    """Or to /bin/sh if SHELL is empty."""
    shell = tmp_path / "my shell"
    shell.write_text("#!/bin/sh\necho mine in $AWS_VAULT with $# words\n")
    shell.chmod(0o700)
    assert warm_sandbox.run("exec", "alpha", SHELL=str(shell)).stdout == "mine in alpha with 0 words\n"
    assert warm_sandbox.run("exec", "alpha", stdin="echo $0 in $AWS_VAULT", SHELL="").stdout == "/bin/sh in alpha\n"


def test_program_is_not_started_without_a_session(warm_sandbox: Sandbox) -> None:
    """It would run with whatever credentials were there before."""
    done = warm_sandbox.run("exec", "alhpa", "--", "echo", "REACHED")
    assert (done.returncode, done.stdout) == (3, "")
    assert "hint: did you mean alpha?" in done.stderr
