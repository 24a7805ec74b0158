"""Other users get nothing: on this machine the endpoint refuses them, on the far side they have no token."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from functools import partial
from typing import TYPE_CHECKING

from tests.agent.agent_sandbox import wait_until
from tests.endpoint.minting import OPENER
from tests.endpoint.test_exec_server import started
from tests.sandbox import SHELLVAULT, parse_environment
from tests.storage.child_processes import become_nobody, in_child

if TYPE_CHECKING:
    import subprocess

    from tests.agent.agent_sandbox import AgentSandbox
    from tests.lend.far_side import FarSide

SHOW = "env -0; echo; cat $AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE; echo; exec sleep 600"


def as_nobody(url: str, file: str, token: str) -> tuple[str, int, str]:
    """Return what another user reads in the token's file, and the answer to a request of theirs with this token."""
    become_nobody()
    try:
        with open(file, encoding="ascii") as stream:  # noqa: PTH123 - as plain as a thief would
            found = stream.read()
    except OSError as error:
        found = str(error.strerror)
    return found, *as_anybody(url, token)


def as_anybody(url: str, token: str) -> tuple[int, str]:
    """Return the status and the code, or the key id, of the answer to a request."""
    request = urllib.request.Request(url, headers={"Authorization": token} if token else {})  # noqa: S310
    try:
        with OPENER.open(request, timeout=20) as reply:
            return reply.status, json.load(reply)["AccessKeyId"]
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)["code"]


def read_lent(process: subprocess.Popen[str]) -> tuple[str, str, str]:
    """Return address, token file and token that the command `SHOW` has printed."""
    assert process.stdout
    environ = parse_environment(process.stdout.readline())
    url, file = (environ[f"AWS_CONTAINER_{name}"] for name in ("CREDENTIALS_FULL_URI", "AUTHORIZATION_TOKEN_FILE"))
    return url, file, process.stdout.readline().strip()


def test_another_user_of_this_machine(agents: AgentSandbox) -> None:
    """They are refused even with the token, which they cannot read."""
    with started(agents, [SHELLVAULT, "lend", "reader", "--", "sh", "-c", SHOW]) as process:
        url, file, token = read_lent(process)
        assert as_anybody(url, token)[0] == 200  # first, to load what the other user may not read
        assert in_child(partial(as_nobody, url, file, token)) == ("Permission denied", 403, "OtherUser")


def test_another_user_of_the_far_side(far: FarSide) -> None:
    """They reach the forwarded port, but neither its path nor its token."""
    with far.lent("far", SHOW) as process:
        url, file, token = read_lent(process)
        assert as_anybody(url, token)[0] == 200
        assert in_child(partial(as_nobody, url, file, "")) == ("Permission denied", 401, "WrongToken")
        assert in_child(partial(as_nobody, url, file, token[::-1]))[1:] == (401, "WrongToken")
        assert as_anybody(f"{url}x", token) == (404, "NotFound")
        (shown,) = json.loads(far.agents.run("lend", "--json").stdout)
        assert shown["requests"] == 1


def test_a_web_page_there(far: FarSide) -> None:
    """A name that was rebound to 127.0.0.1 is refused; any port is right, because it has been forwarded."""
    with far.lent("far", SHOW) as process:
        url, _file, token = read_lent(process)
        port = url.split(":")[2].partition("/")[0]
        for host, status in ((f"evil.example:{port}", 403), (f"localhost:{port}", 403), ("127.0.0.1:1", 200)):
            request = urllib.request.Request(url, headers={"Authorization": token, "Host": host})  # noqa: S310
            try:
                with OPENER.open(request, timeout=20) as reply:
                    found = reply.status
            except urllib.error.HTTPError as error:
                error.close()
                found = error.code
            assert found == status, host


def test_the_address_dies_with_ssh(far: FarSide) -> None:
    """Nobody listens on that port any more, and the token is worth nothing."""
    with far.lent("far", SHOW) as process:
        url, _file, token = read_lent(process)
    process.wait(60)

    def is_closed() -> bool:
        try:
            return as_anybody(url, token)[0] == 404
        except OSError:
            return True

    wait_until(is_closed)
