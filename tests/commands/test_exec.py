"""`exec`: the program runs as if it had been started by hand, with the session in its environment and nothing else."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from tests.sandbox import exported

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sandbox import Sandbox

KEPT_BACK = ("SHELLVAULT_PASSPHRASE", "SHELLVAULT_PASSPHRASE_FILE", "SHELLVAULT_MFA_TOKEN")


def test_the_environment_is_the_callers_with_the_session_in_it(settled: Sandbox) -> None:
    """What would win over the session is gone, and so is what only shellvault may know."""
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
        "SHELLVAULT_RESTORE": "",
        "SHELLVAULT_PREVIOUS": "b",
    }
    done = settled.run("exec", "alpha", "--", "env", "-0", **theirs, **more)
    seen = dict(exported(done.stdout))
    session = exported(settled.shell("bash", 'eval "$(shellvault env alpha)"; env -0').stdout)
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CREDENTIAL_EXPIRATION")
    times = ("SHELLVAULT_EXPIRES_AT", "SHELLVAULT_REFRESH_AT")
    assert {name: seen.pop(name) for name in (*names, *times)} == {name: session[name] for name in (*names, *times)}
    named = {
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_VAULT": "alpha",
        "SHELLVAULT_PROFILE": "alpha",
    }
    assert "older-secret" not in seen.pop("SHELLVAULT_RESTORE")
    inherited = {name: value for name, value in settled.env.items() if name not in KEPT_BACK}
    assert seen == inherited | named | {"EMPTY": "", "MINE": "é\n"}


@pytest.mark.parametrize("locale", [{}, {"LC_CTYPE": "C.UTF-8"}, {"LANG": "C", "LC_CTYPE": "C"}, {"LC_CTYPE": "POSIX"}])
def test_a_plain_locale_stays_as_it_was(settled: Sandbox, locale: dict[str, str]) -> None:
    """Python puts an LC_CTYPE of its own into its environment where the locale is C."""
    variables = [f"{name}={value}" for name, value in locale.items()]
    plain = ["env", "-u", "LC_ALL", "-u", "LANG", *variables]
    done = settled.command([*plain, "shellvault", "exec", "alpha", "--", "env", "-0"])
    seen = exported(done.stdout)
    assert {name: value for name, value in seen.items() if name.startswith(("LC_", "LANG"))} == locale


def test_a_profile_inside_another_leaves_nothing_of_the_outer_one(settled: Sandbox) -> None:
    """Each program sees one session, whole."""
    done = settled.run("exec", "beta", "--", "shellvault", "exec", "alpha", "--", "env", "-0")
    direct = settled.run("exec", "alpha", "--", "env", "-0")
    assert exported(done.stdout) == exported(direct.stdout)


@pytest.mark.parametrize("words", ["env beta", "env --unset"])
def test_a_shell_that_exec_started_can_switch_and_leave_whole(settled: Sandbox, words: str) -> None:
    """The region of the outer profile is not left behind under another one, nor when its session is taken out."""
    script = f'eval "$(shellvault {words})"; env -0'
    done = settled.run("exec", "alpha", "--", "bash", "--norc", "-c", script, AWS_REGION="home")
    assert exported(done.stdout)["AWS_REGION"] == "home", done.stderr


def test_the_status_is_the_programs_own(settled: Sandbox) -> None:
    """Zero and any other."""
    assert [settled.run("exec", "alpha", "--", "sh", "-c", f"exit {n}").returncode for n in (0, 7, 255)] == [0, 7, 255]


def test_a_program_killed_by_a_signal_is_seen_as_killed(settled: Sandbox) -> None:
    """Shells and `make` tell the two apart."""
    assert settled.run("exec", "alpha", "--", "sh", "-c", "kill -TERM $$").returncode == -signal.SIGTERM


def test_what_is_not_there_or_cannot_be_run_has_the_shells_statuses(settled: Sandbox, tmp_path: Path) -> None:
    """127 and 126, with the program named."""
    (tmp_path / "data").write_text("no program\n")
    for program, status, said in (
        ("no-such-program", 127, "error: there is no program 'no-such-program'"),
        ("", 127, "error: there is no program ''"),
        (str(tmp_path / "data" / "below"), 127, "error: there is no program"),
        (str(tmp_path / "data"), 126, "cannot be run: Permission denied"),
        (str(tmp_path), 126, "cannot be run: Permission denied"),
    ):
        done = settled.run("exec", "alpha", "--", program)
        assert (done.returncode, done.stdout) == (status, "")
        assert said in done.stderr


def test_the_process_becomes_the_program(settled: Sandbox) -> None:
    """By execve: no shellvault stays in between to pass signals on, or to hold secrets."""
    script = 'echo $$; exec shellvault exec alpha -- sh -c "echo \\$\\$"'
    before, after = settled.shell("dash", script).stdout.split()
    assert after == before


@pytest.mark.parametrize("traps", ["", 'trap "" HUP INT;'])
def test_signals_are_treated_as_the_caller_had_them(settled: Sandbox, traps: str) -> None:
    """Python ignores SIGPIPE and SIGXFSZ, and `yes | head` would complain; what `nohup` ignores stays ignored."""
    masks = "grep Sig[BIC] /proc/self/status"
    direct = settled.shell("dash", f"{traps} {masks}; true").stdout
    through = settled.shell("dash", f"{traps} shellvault exec alpha -- {masks}; true").stdout
    assert "SigIgn" in direct
    assert through == direct


def test_open_files_are_passed_on_and_none_is_added(settled: Sandbox) -> None:
    """A program may have been given more than three."""
    listing = "ls -l /proc/self/fd 4>/dev/null | sed 's/.* //' | wc -l"
    assert settled.shell("bash", f"shellvault exec alpha -- {listing}").stdout == settled.shell("bash", listing).stdout
    assert settled.shell("bash", 'shellvault exec alpha -- sh -c "echo through >&7" 7>&1').stdout == "through\n"


def test_stdin_reaches_the_program_whole(settled: Sandbox) -> None:
    """Nothing of it is read on the way."""
    text = "".join(f"{number}\n" for number in range(20_000))
    assert settled.run("exec", "alpha", "--", "cat", stdin=text).stdout == text


@pytest.mark.parametrize(
    ("words", "argv"),
    [
        (("alpha", "--", "printf", "%s,", "--json", "-t", "--"), "--json,-t,--,"),
        (("alpha", "printf", "%s,", "--json", "--", "x y"), "--json,--,x y,"),
        (("--region", "us-east-1", "alpha", "printf", "%s,", "a", ""), "a,,"),
        (("alpha", "--region=us-east-1", "--", "printf", "%s,", "--region"), "--region,"),
    ],
)
def test_options_after_the_command_belong_to_the_command(settled: Sandbox, words: tuple[str, ...], argv: str) -> None:
    """With `--` or without."""
    assert settled.run("exec", *words).stdout == argv


def test_a_region_on_the_command_line_comes_before_the_profiles(settled: Sandbox) -> None:
    """As for `env`."""
    done = settled.run(
        "exec", "alpha", "--region", "us-east-1", "--", "sh", "-c", "echo $AWS_REGION $AWS_DEFAULT_REGION"
    )
    assert done.stdout == "us-east-1 us-east-1\n"


def test_without_a_profile_the_one_in_aws_profile_is_taken(settled: Sandbox) -> None:
    """Nothing else is guessed: without it, the command line is incomplete."""
    words = ("exec", "--", "sh", "-c", "echo $AWS_VAULT")
    assert settled.run(*words, AWS_PROFILE="beta").stdout == "beta\n"
    done = settled.run(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert "error: which profile?" in done.stderr


def test_without_a_command_it_is_a_shell(settled: Sandbox, tmp_path: Path) -> None:
    """The person's own, else the system's."""
    shell = tmp_path / "my shell"
    shell.write_text("#!/bin/sh\necho mine in $AWS_VAULT with $# words\n")
    shell.chmod(0o700)
    assert settled.run("exec", "alpha", SHELL=str(shell)).stdout == "mine in alpha with 0 words\n"
    assert settled.run("exec", "alpha", stdin="echo $0 in $AWS_VAULT", SHELL="").stdout == "/bin/sh in alpha\n"


def test_a_program_is_not_started_without_its_session(settled: Sandbox) -> None:
    """It would run with whatever was there before."""
    done = settled.run("exec", "alhpa", "--", "echo", "REACHED")
    assert (done.returncode, done.stdout) == (3, "")
    assert "hint: did you mean alpha?" in done.stderr
