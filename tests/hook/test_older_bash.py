"""What an older bash does where it cannot do what a newer one does: the limits in docs/live-shells.md."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.aws.server import wait_for_calls
from tests.commands.role_profiles import add_mfa_role
from tests.commands.terminal import PROMPT
from tests.hook.bash_limits import FIRST_WITH, can
from tests.hook.configured_shell import load_hook, start_configured_shell
from tests.hook.live_shell import SHORT, add_short_profile
from tests.hook.session_states import NEVER, drop_sessions
from tests.shells.shell_versions import list_versions

if TYPE_CHECKING:
    from tests.sandbox import Sandbox
    from tests.shells.shell_versions import Version

    Fresh = tuple[Sandbox, dict[str, str]]

PAGE = Path(__file__).parents[2] / "docs" / "live-shells.md"
EACH_VERSION = pytest.mark.parametrize("version", list_versions("bash"), ids=str)
OLD = 1_000_000_001
EXPIRE = f"export SHELLVAULT_REFRESH_AT={OLD - 1} SHELLVAULT_EXPIRES_AT={OLD}"
_EXPIRED = f"SHELLVAULT_REFRESH_AT = {OLD - 1}, SHELLVAULT_EXPIRES_AT = {OLD}, __shellvault_limit = -1"
EXPIRES_IN_PS1 = f"${{once:+${{none[0 * ({_EXPIRED})]}}}}"
SHOW_EXPIRY = "sh -c 'echo $SHELLVAULT_EXPIRES_AT'"


@EACH_VERSION
def test_a_session_that_expires_at_the_prompt_is_renewed_before_the_command_or_after_it(
    sandbox: Sandbox, version: Version
) -> None:
    """After it where bash runs nothing in between. Here it expires while the prompt is drawn."""
    add_short_profile(sandbox, 3600)
    with start_configured_shell(sandbox, version) as shell:
        load_hook(shell)
        shell.use(SHORT)
        drop_sessions(sandbox)
        shell.run(f"""rm -f "$SHELLVAULT_STAMP"; PS1='{EXPIRES_IN_PS1}'$PS1; once=1""")
        seen = int(shell.run(f"once=; {SHOW_EXPIRY}").splitlines()[-1])
        assert (seen > OLD) == can(version, "PS0")
        assert shell.get_expiry() > OLD


@EACH_VERSION
def test_ctrl_c_ends_the_wait_of_a_prompt(sandbox: Sandbox, version: Version) -> None:
    """Where the prompt waits, because nothing runs before a command; later prompts do not wait again."""
    add_short_profile(sandbox, 3600)
    with start_configured_shell(sandbox, version, before=("shopt -u promptvars",), SHELLVAULT_TIMEOUT="1h") as shell:
        load_hook(shell)
        shell.use(SHORT)
        key_id = shell.get_variable("AWS_ACCESS_KEY_ID")
        drop_sessions(sandbox)
        sandbox.aws.faults.next("hang", times=None)
        shell.terminal.type(f'rm -f "$SHELLVAULT_STAMP"; {EXPIRE}; __shellvault_background_at={NEVER}')
        assert wait_for_calls(sandbox.aws.world, "GetSessionToken", 2)
        shell.terminal.interrupt()
        shell.terminal.expect("error: interrupted")
        shell.terminal.type("")  # bash 4.3 to 5.0 may have shown the prompt before
        shell.terminal.expect(re.escape(PROMPT))
        mark = len(shell.terminal.output)
        assert shell.get_variable("AWS_ACCESS_KEY_ID") == key_id
        assert shell.get_variable("SHELLVAULT_STATE") == "expired"
        assert sandbox.aws.world.count("GetSessionToken") == 2
        assert "error" not in shell.terminal.output[mark:]


@EACH_VERSION
def test_the_status_after_ctrl_c_is_that_of_bash_itself(sandbox: Sandbox, version: Version) -> None:
    """At the MFA prompt of `use`; bash gives the same without the hook."""
    add_mfa_role(sandbox)
    with start_configured_shell(sandbox, version) as shell:
        load_hook(shell)
        for line in ("shellvault use guarded", 'eval "$(command shellvault env guarded)"'):
            shell.terminal.type(line)
            shell.terminal.expect("MFA code for base")
            shell.terminal.interrupt()
            shell.terminal.expect("error: interrupted")  # before or after the prompt
            shell.terminal.type('echo "=$?="')
            assert shell.terminal.expect(r"=(\d+)=")[1] == ("130" if can(version, "130") else "1")
            shell.terminal.expect(re.escape(PROMPT))


@EACH_VERSION
@pytest.mark.parametrize("line", ["export -n AWS_ACCESS_KEY_ID", "export -n AWS_SECRET_ACCESS_KEY"])
def test_keys_that_are_not_exported_are_noticed_where_bash_tells(
    fresh_session: Fresh, version: Version, line: str
) -> None:
    """Otherwise the segment names the session until they are unset."""
    sandbox, session = fresh_session
    with start_configured_shell(sandbox, version, **session) as shell:
        load_hook(shell)
        shell.run(line)
        assert shell.get_variable("SHELLVAULT_STATE") == ("foreign" if can(version, "export marks") else "fresh")
        shell.run(f"unset {line.rpartition(' ')[2]}")
        assert shell.get_variable("SHELLVAULT_STATE") == "foreign"


@EACH_VERSION
def test_a_profile_that_is_not_exported_counts_where_bash_does_not_tell(fresh_session: Fresh, version: Version) -> None:
    """Programs do not see it, so elsewhere the session is theirs."""
    sandbox, session = fresh_session
    with start_configured_shell(sandbox, version, **session) as shell:
        load_hook(shell)
        shell.run("AWS_PROFILE=mine")
        assert shell.get_variable("SHELLVAULT_STATE") == ("fresh" if can(version, "export marks") else "foreign")


@EACH_VERSION
def test_files_are_offered_where_bash_cannot_choose(sandbox: Sandbox, version: Version) -> None:
    """Where no profile begins like that, and a file does."""
    sandbox.configure("[profile dev]\n")
    (sandbox.home / "some_file").touch()
    with start_configured_shell(sandbox, version) as shell:
        load_hook(shell)
        shell.run("bind 'set enable-bracketed-paste off'; shellvault() { printf '<%s>' \"$2\"; }")
        assert shell.run("shellvault use some\t") == ("<some>" if can(version, "files at one Tab") else "<some_file>")


@EACH_VERSION
def test_a_folder_ends_the_word_where_bash_cannot_choose(sandbox: Sandbox, version: Version) -> None:
    """Only where bash does not break words at `=`; elsewhere it completes the folder itself."""
    (sandbox.home / "folder").mkdir()
    with start_configured_shell(sandbox, version, before=("COMP_WORDBREAKS=${COMP_WORDBREAKS//=/}",)) as shell:
        load_hook(shell)
        shell.run("bind 'set enable-bracketed-paste off'; shellvault() { printf '<%s>' \"$2\"; }")
        wanted = "--policy=folder/x" if can(version, "no blank at one Tab") else "--policy=folder/"
        assert shell.run("shellvault env --policy=fold\tx") == f"<{wanted}>"


@EACH_VERSION
def test_words_of_use_stay_apart_whatever_separates_fields(fresh_session: Fresh, version: Version) -> None:
    """Some versions join them, if they are told to separate fields by anything but a blank."""
    sandbox, _ = fresh_session
    with start_configured_shell(sandbox, version, before=("IFS=:",)) as shell:
        load_hook(shell)
        assert shell.run(f"shellvault use {SHORT} --region eu-west-3") == ""
        assert shell.get_variable("AWS_REGION") == "eu-west-3"


def test_each_limit_is_on_the_page() -> None:
    """With the version from which on it is none."""
    stated = set(re.findall(r"^\| (\d)\.(\d) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    assert {(int(major), int(minor)) for major, minor in stated} == set(FIRST_WITH.values())
