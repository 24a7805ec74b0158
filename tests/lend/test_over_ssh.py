"""`lend P -- ssh HOST`: programs on the far side get credentials from this machine while ssh runs there."""

from __future__ import annotations

import getpass
import shlex
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.agent.agent_sandbox import wait_until
from tests.commands.terminal import open_terminal
from tests.endpoint.serving import ROLE
from tests.endpoint.test_clients import PROGRAMS, QUERY
from tests.endpoint.test_exec_server import KEYS, SECRET_FILE
from tests.lend.far_side import mode
from tests.sandbox import aws_cli, parse_environment

if TYPE_CHECKING:
    from tests.lend.far_side import FarSide

IDENTITY = shlex.join((aws_cli(), *QUERY))
WORDS = (
    ("echo '$HOME' \"$((1 + 1))\" a  b",),
    ("printf", "'[%s]'", "a  b", "'c  d'", r"\\n", '"', "'", "'\""),
    ("echo", "'x'y;", "exit", "3"),
    ("sh", "-c", "'exit 4'"),
    ("cat", "|", "tr", "a-z", "A-Z"),
    ("echo \N{GREEK SMALL LETTER ALPHA}\n\necho 'two\nlines'; echo %h %% !x `echo y`",),
    ("kill -TERM $$",),
)
WRITES = """
import boto3
try:
    boto3.client("ssm").put_parameter(Name="/app/url", Value="b", Type="String")
    print("written")
except Exception as error:
    print(error.response["Error"]["Code"])
"""


@pytest.mark.parametrize("program", PROGRAMS)
def test_programs_on_the_far_side_get_the_session(far: FarSide, program: str) -> None:
    """They have another home, and credentials of their own there do not take precedence."""
    folder = far.home / ".aws"
    folder.mkdir()
    (folder / "credentials").write_text(SECRET_FILE.format(name="default"))
    (folder / "config").write_text(SECRET_FILE.format(name="default") + "region = us-east-1\n")
    done = far.run("far", shlex.join(PROGRAMS[program]))
    assert (done.returncode, done.stdout.split()[:1]) == (0, [ROLE]), done.stderr


def test_the_far_sides_own_profiles_may_start_from_what_is_lent(far: FarSide) -> None:
    """Its config file is used as it is unless its default profile has credentials."""
    (far.home / ".aws").mkdir()
    role = far.agents.sandbox.aws.world.role("deeper")
    text = f"[default]\noutput = json\n[profile deeper]\nrole_arn = {role.arn}\ncredential_source = EcsContainer\n"
    (far.home / ".aws" / "config").write_text(text)
    done = far.run("far", f"{aws_cli()} --profile deeper {' '.join(QUERY)}")
    assert "assumed-role/deeper/" in done.stdout, done.stderr


def test_the_environment_there_has_an_address_and_no_secret(far: FarSide) -> None:
    """Region, account, profile and scope are set; what SDKs would prefer is not."""
    theirs = [f"{name}=theirs" for name in (*KEYS, "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE")]
    far.allow_key(*(f'environment="{each}"' for each in theirs))
    far.restart("PermitUserEnvironment yes")
    assert "AWS_PROFILE=theirs" in far.plain("far", "env").stdout
    environ = parse_environment(far.run("far", "env -0", options=["--read-only"]).stdout)
    assert not {*KEYS, "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE"} & {*environ}
    assert environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"].startswith("http://127.0.0.1:")
    expected = {"AWS_VAULT": "reader", "AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1"}
    expected |= {"AWS_ACCOUNT_ID": "111122223333", "SHELLVAULT_SCOPE": "ro", "HOME": str(far.home)}
    assert expected.items() <= environ.items()
    assert "SHELLVAULT_PROFILE" not in environ


def test_a_narrowed_session_is_lent(far: FarSide) -> None:
    """AWS refuses it a write that the role may do."""
    command = shlex.join([sys.executable, "-c", WRITES])
    assert far.run("far", command, options=["--read-only"]).stdout == "AccessDeniedException\n"
    assert far.run("far", command).stdout == "written\n"


def test_only_the_files_owner_can_read_the_token_and_nothing_is_left(far: FarSide) -> None:
    """It is in a file of mode 600, in a folder of mode 700, and on neither side in arguments, environment or output."""
    with far.lent("far", "read x; env") as process:
        (folder, _empty, _run, token) = far.files()
        assert [mode(path) for path in (folder, token)] == [0o700, 0o600]
        secret = token.read_bytes()
        (near,) = far.agents.folder.glob("token-*")
        assert near.read_bytes() == secret
        kept = [path for each in (far.folder, far.agents.folder) for path in each.rglob("*") if path.is_file()]
        assert {path for path in kept if secret in path.read_bytes()} == {near, token}
        for entry in Path("/proc").glob("[0-9]*"):
            for name in ("cmdline", "environ"):
                assert secret not in _read(entry / name), (entry, name, _read(entry / "cmdline"))
        printed, said = process.communicate("\n")
    assert secret.decode() not in printed + said
    assert far.files() == []
    wait_until(lambda: not [*far.agents.folder.glob("token-*"), *far.agents.folder.glob("ssh-*")])


@pytest.mark.parametrize("words", WORDS)
def test_a_command_means_what_it_means_to_plain_ssh(far: FarSide, words: tuple[str, ...]) -> None:
    """Its words, its stdin and its exit status are the same."""
    plain, lent = far.plain("far", *words, stdin="some text\n"), far.run("far", *words, stdin="some text\n")
    assert (lent.returncode, lent.stdout) == (plain.returncode, plain.stdout), lent.stderr


def test_options_of_ssh_work(far: FarSide) -> None:
    """Before the host or after it, bundled or not; so do a user, a port, a jump host, and forwarded ports."""
    script = "echo $SSH_CONNECTION $LC_TEST $SSH_TTY"
    port, user = str(far.port), getpass.getuser()
    far.restart("AcceptEnv LC_TEST")
    for words in (
        ("-4qx", "-o", "SetEnv=LC_TEST=seen", "far", script),
        ("far", "-oSetEnv=LC_TEST=seen", "-C", script),
        ("-p", port, "-l", user, "127.0.0.1", "-o", "SetEnv LC_TEST=seen", script),
        (f"-p{port}", "-nT", "-oSetEnv=LC_TEST=seen", f"{user}@127.0.0.1", script),
        ("-J", f"{user}@localhost:{port}", "-o", "SetEnv=LC_TEST=seen", "far", "--", script),
        ("-i", str(far.folder / "key"), "-o", "SetEnv=LC_TEST=seen", f"ssh://{user}@127.0.0.1:{port}", script),
    ):
        done = far.run(*words)
        assert (done.returncode, "seen" in done.stdout) == (0, True), (words, done.stderr)


def test_ssh_gets_a_terminal_just_as_without_lend(far: FarSide) -> None:
    """For a login shell and with -t, not for a command alone; the shell's exit status is passed on."""
    sandbox = far.agents.sandbox
    for words, expected in ((("-t", "far", "tty"), "/dev/"), (("far", "tty"), "not a tty"), (("-T", "far"), "")):
        with open_terminal(sandbox, far.lend(*words)) as terminal:
            terminal.expect("lent to 'ssh far' until")
            if expected:
                terminal.expect(expected)
            else:
                terminal.type("tty; exit 9")
                assert terminal.wait_for_exit() == 9
                assert "not a tty" in terminal.output
    with open_terminal(sandbox, far.lend("far")) as terminal:
        terminal.expect("lent to 'ssh far' until")
        terminal.type("PS1=READY; shopt login_shell; tty; stty size")
        terminal.expect(r"login_shell\s+on\s+/dev/\S+\s+24 80\s+READY")
        terminal.type(IDENTITY)
        terminal.expect(f"{ROLE}\\s+READY")
        terminal.type("sleep 600; echo")
        terminal.collect_output(0.5)
        terminal.interrupt()
        terminal.expect("READY")
        terminal.type("exit 5")
        assert terminal.wait_for_exit() == 5
    assert far.files() == []


def test_ssh_asks_its_questions_on_the_terminal_and_only_once(far: FarSide) -> None:
    """For example whether a new host is the right one: lending takes three commands of ssh, but one connection."""
    words = ("-o", "StrictHostKeyChecking=ask", "far", "echo REACHED")
    with open_terminal(far.agents.sandbox, far.lend(*words)) as terminal:
        terminal.expect("Are you sure you want to continue connecting")
        terminal.type("yes")
        terminal.expect("REACHED")
        assert terminal.wait_for_exit() == 0
        assert terminal.output.count("Are you sure") == 1


@pytest.mark.parametrize("shell", ["dash", "bash", "zsh", "fish", "ksh", "mksh", "ash", "tcsh"])
def test_any_shell_may_be_the_login_shell(far: FarSide, shell: str) -> None:
    """It reads the command, as it does for plain ssh, and nothing of ours confuses it."""
    far.log_in_to(shell)
    (far.home / ".cshrc").write_text("echo noise\n")
    command = f"echo 'it is' \"here\"; {IDENTITY}; sh -c 'exit 7'"
    plain, lent = far.plain("far", command), far.run("far", command)
    assert plain.returncode == lent.returncode == 7
    assert "it is here" in lent.stdout, lent.stderr
    assert ROLE in lent.stdout, lent.stderr
    assert far.files() == []


@pytest.mark.parametrize("shell", ["dash", "bash", "zsh", "fish", "ksh", "mksh", "ash", "tcsh"])
def test_the_login_shell_starts_as_one(far: FarSide, shell: str) -> None:
    """It knows its options as such, and has the variables."""
    far.log_in_to(shell)
    (far.home / ".zshrc").touch()  # or zsh asks what to do
    with open_terminal(far.agents.sandbox, far.lend("far")) as terminal:
        terminal.expect("lent to 'ssh far' until")
        terminal.collect_output(1)
        terminal.type("echo seen-$AWS_VAULT; exit 5")
        terminal.expect("seen-reader")
        assert terminal.wait_for_exit() == 5
    assert not list(far.runtime.glob("shellvault-*"))


def test_several_lends_to_one_host_do_not_disturb_each_other(far: FarSide) -> None:
    """Each has a port, a folder and a token of its own."""
    with ThreadPoolExecutor(4) as threads:
        runs = [threads.submit(far.run, "far", f"sleep 1; {IDENTITY}; env | grep FULL_URI") for _ in range(4)]
        printed = [each.result().stdout.split() for each in runs]
    assert [words[0] for words in printed] == [ROLE] * 4
    assert len({words[1] for words in printed}) == 4


@pytest.mark.parametrize("folder_there", ["", "/nowhere", "relative", "/proc"])
def test_without_a_runtime_folder_the_token_is_in_one_below_tmp(far: FarSide, folder_there: str) -> None:
    """That folder is for nobody else, either, and is removed at the end, too."""
    far.variables["XDG_RUNTIME_DIR"] = folder_there
    far.variables["TMPDIR"] = str(far.folder)
    far.restart()
    done = far.run("far", "stat -c '%a %n' $(dirname $AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE)")
    permissions, folder = done.stdout.split()
    assert (permissions, Path(folder).parent, Path(folder).exists()) == ("700", far.folder, False), done.stderr


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
