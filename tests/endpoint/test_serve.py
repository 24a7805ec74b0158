"""`serve`: what it prints, when it calls AWS, how it ends, and that it leaves nothing behind."""

from __future__ import annotations

import signal
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.commands.role_profiles import add_mfa_role
from tests.commands.terminal import open_terminal
from tests.endpoint.serving import Serving, prepare, runtime_files, serve
from tests.sandbox import SHELLVAULT, TIME_LIMIT
from tests.storage.child_processes import wait_until

if TYPE_CHECKING:
    from tests.sandbox import Sandbox


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, -15), (signal.SIGHUP, -1), (signal.SIGINT, 130)])
def test_it_serves_until_a_signal_and_leaves_no_file(reader: Sandbox, number: int, status: int) -> None:
    """While it runs, only this user can read the token file."""
    with serve(reader) as serving:
        assert stat.S_IMODE(serving.token_file.stat().st_mode) == 0o600
        assert stat.S_IMODE(serving.token_file.parent.stat().st_mode) == 0o700
        assert serving.ask().status == 200
        assert serving.end(number) == status
        assert "Traceback" not in serving.said
    assert runtime_files(reader) == []


def test_it_ends_when_its_token_file_is_deleted(reader: Sandbox) -> None:
    """Whoever deletes it wants nothing to be served any more, and need not find the process."""
    with serve(reader) as serving:
        connection = serving.headers, serving.path
        serving.token_file.unlink()
        lines = [f"GET {connection[1]} HTTP/1.1", *(f"{name}: {value}" for name, value in connection[0].items())]
        assert serving.send("\r\n".join([*lines, "Connection: close", "", ""]).encode()).status == 404
        assert serving.process.wait(TIME_LIMIT) == 130


def test_a_killed_servers_token_is_removed_by_the_next_one(reader: Sandbox) -> None:
    """The next one has a token of its own."""
    with serve(reader) as serving:
        serving.end(signal.SIGKILL)
        left = runtime_files(reader)
    assert len(left) == 1
    with serve(reader) as serving:
        assert runtime_files(reader) == [serving.token_file.name] != left


def test_the_token_is_only_in_its_file(reader: Sandbox) -> None:
    """It is neither printed, nor in the arguments, nor in another file."""
    with serve(reader) as serving:
        serving.ask()
        token, pid = serving.token_file.read_text(), serving.process.pid
        assert token.encode() not in Path(f"/proc/{pid}/cmdline").read_bytes() + serving.said.encode()
        found = [path for path in reader.files() if token.encode() in path.read_bytes()]
        assert found == [serving.token_file]


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (("nothing",), 3, "'nothing'"),
        ((), 2, "error: no profile given"),
        (("base", "--no-session"), 2, "error: a key pair itself is not handed out over HTTP"),
    ],
)
def test_an_error_ends_serve_before_it_listens(
    reader: Sandbox, words: tuple[str, ...], status: int, message: str
) -> None:
    """The exit status is the usual one."""
    done = reader.run("serve", *words)
    assert (done.returncode, done.stdout) == (status, "")
    assert message in done.stderr, done.stderr
    assert runtime_files(reader) == []


def test_all_requests_get_the_same_session(reader: Sandbox) -> None:
    """AWS is called only once."""
    with serve(reader) as serving:
        keys = {serving.ask().document["AccessKeyId"] for _ in range(20)}
    assert len(keys) == reader.aws.world.count("AssumeRole") == 1


def test_the_last_session_is_served_while_aws_is_unreachable(reader: Sandbox) -> None:
    """It is due, but cannot be renewed. Once AWS is back, programs get a new one."""
    reader.aws.world.session_life = 20
    with serve(reader) as serving:
        first = serving.ask().document["AccessKeyId"]
        reader.aws.faults.next("error500", None, "AssumeRole")
        wait_until(lambda: _ask_first(serving, first) and reader.aws.world.count("AssumeRole", "fault:error500") > 0)
        assert _ask_first(serving, first)
        reader.aws.faults.clear()
        wait_until(lambda: serving.ask().document.get("AccessKeyId", first) != first)


def test_serve_prompts_on_its_terminal(sandbox: Sandbox) -> None:
    """It asks for an MFA code only if a program needs a session and the last one has expired."""
    device = add_mfa_role(sandbox, "region = eu-west-1")
    sandbox.aws.world.session_life = 4
    with open_terminal(sandbox, [SHELLVAULT, "serve", "guarded"]) as terminal, ThreadPoolExecutor() as threads:
        terminal.expect("MFA code.*: ")
        terminal.type(device.next_code())
        terminal.expect("HOST\r\n")
        serving = Serving(None, lambda: terminal.output.replace("\r", ""))
        time.sleep(8)
        assert terminal.collect_output().count("MFA code") == 1
        asking = threads.submit(serving.ask)
        terminal.expect("MFA code.*: ")
        terminal.type(device.next_code())
        assert asking.result().status == 200
        terminal.interrupt()
        assert terminal.wait_for_exit() == 130


def test_without_a_terminal_the_program_is_told_that_a_code_is_needed(sandbox: Sandbox) -> None:
    """The last session has expired, and nobody can be prompted."""
    prepare(sandbox)
    device = add_mfa_role(sandbox, "region = eu-west-1")
    sandbox.aws.world.session_life = 4
    with serve(sandbox, "guarded", SHELLVAULT_MFA_TOKEN=device.next_code()) as serving:
        time.sleep(5)
        reply = serving.ask()
    assert (reply.status, reply.document["code"]) == (403, "PersonNeeded")
    assert "MFA code" in reply.document["message"]


def _ask_first(serving: Serving, key_id: str) -> bool:
    return bool(serving.ask().document["AccessKeyId"] == key_id)
