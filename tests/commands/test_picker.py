"""The picker: opens on a terminal where a profile's name is missing or unknown, and chooses nothing by itself."""

from __future__ import annotations

import os
import re
import signal
from typing import TYPE_CHECKING

import pytest

from tests.aws.server import AwsServer
from tests.commands.picker_screen import DRAWN, FZF, OWN, add_profiles, wait_for_screen, without_fzf
from tests.commands.terminal import PROMPT, open_shell, open_terminal
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.commands.terminal import Terminal

EVALUATE = 'eval "$(shellvault env --shell bash)"'
RESULT = 'echo "<$?> <$AWS_VAULT> <$(stty -a | grep -ow -- -*echo)>"'
DOWN, ESCAPE, CTRL_C, CTRL_Z = "\x1b[B", "\x1b", "\x03", "\x1a"


@pytest.fixture(scope="module")
def profiles(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """Return a sandbox with four profiles, and no fzf on its PATH; its tests record uses in it."""
    with AwsServer() as aws:
        sandbox = Sandbox(tmp_path_factory.mktemp("picker"), aws)
        add_profiles(sandbox)
        sandbox.env["PATH"] = without_fzf(sandbox)
        yield sandbox
        sandbox.purge()


def type_and_see(terminal: Terminal, line: str, opened: str) -> int:
    """Type a line, wait until the picker has opened, and return where its output begins."""
    start = len(terminal.output)
    terminal.type(f"clear; {line}")
    wait_for_screen(terminal, opened, start)
    return start


def finish(terminal: Terminal, keys: str) -> str:
    """Press keys, wait for the prompt, and return the status and the shell's profile; the echo is on again."""
    terminal.press(keys)
    terminal.expect(re.escape(PROMPT))
    terminal.type(RESULT)
    found = terminal.expect(r"<(\d+)> <(.*)> <echo>\r")
    terminal.expect(re.escape(PROMPT))
    return f"{found[1]} {found[2]}".strip()


def test_the_chosen_profile_is_in_the_shell_that_evaluates(profiles: Sandbox) -> None:
    """Words are typed in any order, and Enter chooses what is marked; Esc, Ctrl-C and Ctrl-Z choose nothing."""
    with open_shell(profiles, **DRAWN, PATH=profiles.env["PATH"]) as terminal:
        start = type_and_see(terminal, EVALUATE, OWN)
        assert [line.split() for line in wait_for_screen(terminal, "4/4", start)[2:4]] == [
            [">", "payments-prd", "111122223333", "payments-prd", "eu-west-1"],
            ["search-prd", "111122223333", "search-prd", "eu-west-1"],
        ]
        terminal.press("prd pay")
        shown = wait_for_screen(terminal, "1/4", start)
        assert (shown[0], shown[2].split()[1], len(shown)) == ("Profile: prd pay", "payments-prd", 3)
        assert finish(terminal, "\r") == "0 payments-prd"
        for keys in (ESCAPE, f"{CTRL_Z}pay{CTRL_C}", f"x\x7f{DOWN}{ESCAPE}"):
            type_and_see(terminal, EVALUATE, OWN)
            assert finish(terminal, keys) == "1 payments-prd"
        start = type_and_see(terminal, "shellvault exec -- true", OWN)
        assert re.search(r"> payments-prd +59m ", wait_for_screen(terminal, "4/4", start)[2])
        assert finish(terminal, ESCAPE).startswith("130")


def test_an_unknown_word_is_what_has_been_typed(profiles: Sandbox) -> None:
    """Even if only one profile matches it, that is chosen by Enter. What matches nothing is an error as before."""
    with open_shell(profiles, **DRAWN, PATH=profiles.env["PATH"]) as terminal:
        start = type_and_see(terminal, 'eval "$(shellvault env --shell bash paydev)"', "1/4")
        assert wait_for_screen(terminal, "1/4", start)[0] == "Profile: paydev"
        assert finish(terminal, "\r") == "0 payments-dev"
        terminal.type("shellvault export zzz --format json | cat; echo ${PIPESTATUS[0]}")
        terminal.expect("error: no profile or key pair is named 'zzz'\r\nhint: .*\r\n3\r\n")


def test_an_account_is_searched_for(profiles: Sandbox) -> None:
    """So is an account and a role, as the segment and `list` spell a role without a profile."""
    with open_shell(profiles, **DRAWN, PATH=profiles.env["PATH"]) as terminal:
        for word in ("111122223333", "111122223333/search-prd"):
            start = type_and_see(terminal, f"shellvault exec {word} -- true", OWN)
            assert wait_for_screen(terminal, "/4", start)[0] == f"Profile: {word}"
            assert finish(terminal, ESCAPE).startswith("130")
        terminal.type("shellvault exec 444455556666 -- true")
        terminal.expect("hint: for a role without a profile: ")


def test_exec_and_login_open_it_when_nothing_else_names_a_profile(profiles: Sandbox) -> None:
    """AWS_PROFILE comes first, and the profile of this shell."""
    with open_shell(profiles, **DRAWN, PATH=profiles.env["PATH"]) as terminal:
        type_and_see(terminal, "shellvault exec -- sh -c 'echo ran with $AWS_VAULT'", OWN)
        terminal.press("search\r")
        terminal.expect("ran with search-prd\r\n")
        terminal.type("AWS_PROFILE=payments-dev shellvault exec -- sh -c 'echo ran with $AWS_VAULT'")
        terminal.expect("ran with payments-dev\r\n")
        type_and_see(terminal, "shellvault login --stdout", OWN)
        terminal.press("payments dev\r")
        terminal.expect("http.*Destination=")
        terminal.type("SHELLVAULT_PROFILE=payments-prd shellvault login --stdout")
        terminal.expect("http.*Destination=")


PICKER_NEVER_OPENS = [
    (("env", "--shell", "bash", "--no-input"), {}, 2, "no profile given"),
    (("env", "--shell", "bash"), {"SHELLVAULT_NO_INPUT": "1"}, 2, "no profile given"),
    (("env", "--shell", "bash", "pay"), {"DIRENV_IN_ENVRC": "1"}, 3, "no profile or key pair is named 'pay'"),
    (("exec", "pay", "--json"), {}, 3, "no profile or key pair is named 'pay'"),  # an SDK gets nothing but its profile
    (("exec", "--", "true"), {"AWS_PROFILE": "pay"}, 3, "no profile or key pair is named 'pay'"),
    (("env", "--shell", "bash", "--refresh"), {}, 2, "this shell holds no session to renew"),
    (("rotate", "pay"), {}, 3, "no profile or key pair is named 'pay'"),
    (("login", "--sso", "pay"), {}, 3, "no sso-session or profile is named 'pay'"),
]


@pytest.mark.parametrize(("words", "extra", "status", "error"), PICKER_NEVER_OPENS)
def test_where_nobody_is_to_choose_the_error_is_the_same_on_a_terminal(
    profiles: Sandbox, words: tuple[str, ...], extra: dict[str, str], status: int, error: str
) -> None:
    """With --no-input, in an .envrc, for a program, and where the word is not the user's or not a profile's."""
    done = profiles.run(*words, **extra)
    assert (done.returncode, f"error: {error}" in done.stderr) == (status, True)
    with open_terminal(profiles, ["sh", "-c", 'shellvault "$@" >out', "sh", *words], **DRAWN, **extra) as terminal:
        assert terminal.wait_for_exit() == status
        assert terminal.output.replace("\r", "") == done.stderr


def test_without_a_terminal_a_missing_name_is_an_error(profiles: Sandbox) -> None:
    """Each command has its own."""
    hint = "; shellvault list shows the profiles"
    for words, error in {
        ("use", "--shell", "bash"): f"no profile given\nhint: shellvault use PROFILE{hint}",
        ("env", "--shell", "bash"): f'no profile given\nhint: eval "$(shellvault env PROFILE)"{hint}',
        ("exec",): "no profile given\nhint: shellvault exec PROFILE -- COMMAND, or set AWS_PROFILE",
        ("export",): f"no profile given\nhint: shellvault export PROFILE{hint}",
        ("login",): f"no profile given\nhint: shellvault login PROFILE{hint}",
    }.items():
        done = profiles.run(*words)
        assert (done.returncode, done.stderr) == (2, f"error: {error}\n"), words
        assert done.stdout in ("", "false\n")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_leaves_the_terminal_as_it_was(profiles: Sandbox, number: int) -> None:
    """The screen from before, the cursor, the echo; and `false` for a shell that evaluates."""
    with open_terminal(profiles, ["sh", "-c", "exec shellvault env --shell bash >out"], **DRAWN) as terminal:
        wait_for_screen(terminal, OWN)
        terminal.press("pay")
        wait_for_screen(terminal, "2/4")
        os.kill(terminal.process, number)
        assert terminal.wait_for_exit() == 128 + number
        assert "\x1b[?25h\x1b[?1049l" in terminal.output[-80:]
    assert (profiles.home / "out").read_text() == "false\n"


def test_a_terminal_that_cannot_be_drawn_on_gets_a_numbered_list(profiles: Sandbox) -> None:
    """Words narrow it, a number chooses, and nothing cancels."""
    with open_terminal(profiles, ["sh", "-c", "shellvault exec -- sh -c 'echo ran with $AWS_VAULT'"]) as terminal:
        terminal.expect(r"  4  \S.*\r\nNumber, or words .*: ")
        terminal.type("5")
        terminal.expect(r"nothing matches\r\nNumber, or words .*: ")
        terminal.type("pay dev")
        terminal.expect(r"  1  payments-dev .*\r\nNumber")
        terminal.type("1")
        terminal.expect("ran with payments-dev")
    with open_terminal(profiles, ["sh", "-c", "shellvault exec"]) as terminal:
        terminal.expect("Number")
        terminal.type("")
        terminal.expect("error: no profile was chosen")
        assert terminal.wait_for_exit() == 130


def test_uses_on_a_terminal_come_first(profiles: Sandbox) -> None:
    """What no terminal shows does not count: programs and renewals use profiles, too."""
    (profiles.vault / "used").unlink(missing_ok=True)
    for _ in range(3):
        assert profiles.run("env", "search-prd", "--shell", "bash").returncode == 0
    with open_terminal(profiles, ["sh", "-c", "shellvault env payments-dev --shell bash >out"]) as terminal:
        assert terminal.wait_for_exit() == 0
    with open_terminal(profiles, ["sh", "-c", "shellvault exec payments-dev --json >out"]) as terminal:
        assert terminal.wait_for_exit() == 0
    recorded = (profiles.vault / "used").read_text()
    assert re.fullmatch(r"\d+ payments-dev\n", recorded)
    with open_terminal(profiles, ["shellvault", "exec"], **DRAWN) as terminal:
        assert wait_for_screen(terminal, "4/4")[2].startswith("> payments-dev ")
        terminal.press(CTRL_C)
        assert terminal.wait_for_exit() == 130


HOSTILE_OPTIONS = [
    "--multi --expect=ctrl-o --print-query --print0 --select-1 --exit-0 --read0 --header-lines=1 --bind=enter:abort",
    "--filter=pay",
    "--bind=load:accept",
    "--bind 'start:change-prompt(a b)+accept'",
    "--bind 'LOAD,enter:accept'",
    "--no-such-option",
]


@pytest.mark.parametrize("options", HOSTILE_OPTIONS)
def test_fzf_is_used_whatever_its_options_are(profiles: Sandbox, options: str) -> None:
    """The user's options change how it looks, not what is chosen. A name runs nothing, and moves no cursor."""
    fzf = {"PATH": f"{profiles.env['PATH']}:/usr/bin", "FZF_DEFAULT_OPTS": options, "FZF_DEFAULT_COMMAND": "echo no"}
    command = ["shellvault", "exec", "--", "sh", "-c", "echo ran with $AWS_VAULT"]
    with open_terminal(profiles, command, **DRAWN, **fzf) as terminal:
        wait_for_screen(terminal, FZF)
        assert (OWN in terminal.output) == (options == "--no-such-option")  # then fzf does not start
        terminal.press("prd pay")
        wait_for_screen(terminal, "1/4")
        terminal.press("\r")
        terminal.expect("ran with payments-prd")


@pytest.mark.parametrize("path", ["", ":/usr/bin"])
def test_eighty_columns_show_all_of_a_profile_with_a_long_name(profiles: Sandbox, path: str) -> None:
    """With our own picker and with fzf; what is shortened is still searched, and chosen as it is."""
    names = [f"payments-production-{place}-administratoraccess-{number}" for place in ("eu", "us") for number in "12"]
    role = f"role_arn = {profiles.aws.world.role('AdministratorAccess').arn}\nsource_profile = base\n"
    config = profiles.home / "long"
    config.write_text("".join(f"[profile {name}]\nregion = eu-central-1\n{role}" for name in names))
    extra = {"AWS_CONFIG_FILE": str(config), "PATH": profiles.env["PATH"] + path}
    with open_terminal(
        profiles, ["shellvault", "exec", "--", "sh", "-c", "echo ran with $AWS_VAULT"], **DRAWN, **extra
    ) as terminal:
        rows = [line.removeprefix(">").split() for line in wait_for_screen(terminal, "5/5") if "…" in line]
        assert len({row[0] for row in rows}) == len(rows) == len(names)
        assert {(row[-3], row[-2][:9], row[-1].rstrip(".")) for row in rows} == {
            ("111122223333", "Administr", "eu-central-1")
        }
        terminal.press("us-administratoraccess-1")
        wait_for_screen(terminal, "> payments-production-us-admi")
        terminal.press("\r")
        terminal.expect("ran with payments-production-us-administratoraccess-1\r\n")


HOSTILE_NAME = "$(touch pwned)\x1b]0;title\x07\u202e'"


@pytest.mark.parametrize("path", ["", ":/usr/bin"])
def test_a_hostile_name_is_shown_harmless_and_chosen_as_it_is(profiles: Sandbox, path: str) -> None:
    """With our own picker and with fzf."""
    config = profiles.home / "hostile"
    config.write_text(f'[profile "{HOSTILE_NAME}"]\nsource_profile = base\n')
    extra = {"AWS_CONFIG_FILE": str(config), "PATH": profiles.env["PATH"] + path}
    command = ["sh", "-c", "shellvault exec -- sh -c 'printf %s \"$AWS_VAULT\" >chosen'"]
    with open_terminal(profiles, command, **DRAWN, **extra) as terminal:
        wait_for_screen(terminal, "2/2")
        terminal.press("touch")
        shown = wait_for_screen(terminal, "1/2")
        assert any("$(touch pwned)?]0;title??'" in line for line in shown)
        terminal.press("\r")
        assert terminal.wait_for_exit() == 0
    assert (profiles.home / "chosen").read_text() == HOSTILE_NAME
    assert not (profiles.home / "pwned").exists()


def test_settings_for_all_profiles_are_not_offered(sandbox: Sandbox) -> None:
    """`[default]` is offered only if it leads to credentials."""
    add_profiles(sandbox)
    sandbox.configure("[default]\nregion = eu-west-1\n")
    sandbox.env["PATH"] = without_fzf(sandbox)
    with open_shell(sandbox, **DRAWN, PATH=sandbox.env["PATH"]) as terminal:
        start = type_and_see(terminal, "shellvault exec -- true", OWN)
        assert "default" not in "".join(wait_for_screen(terminal, "4/4", start))
        finish(terminal, ESCAPE)
        sandbox.configure("source_profile = payments-dev\n")
        start = type_and_see(terminal, "shellvault exec -- true", OWN)
        assert "default" in "".join(wait_for_screen(terminal, "5/5", start))
        finish(terminal, ESCAPE)
