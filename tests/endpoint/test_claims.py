"""Claims end with their owners, survive an endpoint that dies, and are nobody else's."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.endpoint.minting import WISH, Mint, ask, open_endpoint
from tests.storage.child_processes import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

ME = os.getpid()


@pytest.fixture
def owner() -> Iterator[subprocess.Popen[bytes]]:
    """Return a process that has a claim."""
    with subprocess.Popen(["sleep", "600"]) as process:
        yield process
        process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("watches", [True, False], ids=["told by the system", "looked up"])
def test_a_claim_ends_with_its_owner(
    tmp_path: Path, owner: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch, number: int, *, watches: bool
) -> None:
    """Also before anybody has waited for the process; its token goes."""
    if not watches:
        monkeypatch.delattr(os, "pidfd_open")
    with open_endpoint(Mint(), tmp_path) as endpoint:
        ticket, other = endpoint.open_claim(WISH, owner.pid), endpoint.open_claim(WISH, ME)
        token = Path(ticket.token_file).read_text()
        assert ask(ticket)["status"] == 200
        owner.send_signal(number)
        wait_until(lambda: len(endpoint.claims()) == 1)
        assert ask(ticket, token) == {**ask(ticket, token), "status": 404, "code": "NotFound"}
        assert not Path(ticket.token_file).exists()
        assert ask(other)["status"] == 200


def test_a_claim_of_a_process_that_has_ended_never_opens(tmp_path: Path) -> None:
    """Its shell was closed while the session was obtained."""
    gone = subprocess.Popen(["true"])
    gone.wait()
    with open_endpoint(Mint(), tmp_path) as endpoint:
        assert ask(endpoint.open_claim(WISH, gone.pid), "x")["status"] == 404
        assert endpoint.claims() == []


def test_a_shell_has_one_claim_for_a_session(tmp_path: Path, owner: subprocess.Popen[bytes]) -> None:
    """However often it enters the profile; another shell, another profile and other options have their own."""
    with open_endpoint(Mint(), tmp_path) as endpoint:
        first = endpoint.open_claim(WISH, ME)
        assert endpoint.open_claim(WISH.replace(environ={}), ME) == first
        others = [
            endpoint.open_claim(WISH, owner.pid),
            endpoint.open_claim(WISH.replace(profile="b", identity="b"), ME),
            endpoint.open_claim(WISH.replace(words=()), ME),
        ]
        assert len({first, *others}) == 4


def test_a_claims_token_opens_no_other_claim(tmp_path: Path) -> None:
    """Nor does a path."""
    with open_endpoint(Mint(), tmp_path) as endpoint:
        one, two = (endpoint.open_claim(WISH.replace(profile=name, identity=name), ME) for name in "ab")
        assert ask(one, Path(two.token_file).read_text())["status"] == 401


def test_the_next_endpoint_takes_claims_over(tmp_path: Path) -> None:
    """At the same address with the same token, with everything that is needed to obtain a session."""
    with open_endpoint(Mint(), tmp_path) as endpoint:
        ticket = endpoint.open_claim(WISH, ME)
        first = ask(ticket)
    later = Mint()
    with open_endpoint(later, tmp_path) as endpoint:
        second = ask(ticket)
        assert (first["status"], second["status"]) == (200, 200)
        assert later.claims[0].wish == WISH
        assert [each.profile for each in endpoint.claims()] == ["dev"]


def test_a_killed_endpoint_leaves_claims_that_the_next_one_takes_over(tmp_path: Path) -> None:
    """It could not even say goodbye."""
    script = (
        "import os, sys, time; from tests.endpoint.minting import *; from pathlib import Path\n"
        "with open_endpoint(Mint(), Path(sys.argv[1])) as endpoint:\n"
        "    ticket = endpoint.open_claim(WISH, int(sys.argv[2]))\n"
        "    print(ticket.url, ticket.token_file, flush=True); time.sleep(600)"
    )
    argv = [sys.executable, "-c", script, str(tmp_path), str(ME)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) as killed:
        assert killed.stdout
        url, file = killed.stdout.readline().split()
        killed.kill()
    with open_endpoint(Mint(), tmp_path) as endpoint:
        ticket = endpoint.open_claim(WISH, ME)
        assert (ticket.url, ticket.token_file) == (url, file)
        assert ask(ticket)["status"] == 200


def test_claims_whose_owners_ended_meanwhile_are_not_taken_over(tmp_path: Path, owner: subprocess.Popen[bytes]) -> None:
    """Their tokens go, and so does that of a process with the same id that started at another time."""
    with open_endpoint(Mint(), tmp_path) as endpoint:
        tickets = [endpoint.open_claim(WISH, owner.pid), endpoint.open_claim(WISH, ME)]
    owner.kill()
    owner.wait()
    text = (tmp_path / "claims.json").read_text()
    start = json.loads(text)["claims"][1]["owner"][1]
    (tmp_path / "claims.json").write_text(text.replace(f'"{start}"', '"1"'))
    with open_endpoint(Mint(), tmp_path) as endpoint:
        assert endpoint.claims() == []
        assert [Path(ticket.token_file).exists() for ticket in tickets] == [False, True]  # one process still runs


def test_a_port_that_somebody_else_has_is_given_up_with_its_claims(tmp_path: Path) -> None:
    """Programs send their tokens there, so those open nothing any more."""
    with open_endpoint(Mint(), tmp_path) as endpoint:
        ticket = endpoint.open_claim(WISH, ME)
    port = int(ticket.url.split(":")[2].partition("/")[0])
    with socket.create_server(("127.0.0.1", port)), open_endpoint(Mint(), tmp_path) as endpoint:
        assert endpoint.claims() == []
        assert ask(endpoint.open_claim(WISH, ME))["status"] == 200


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"port": 1}', '{"port": "x", "claims": []}', '{"port": 1, "claims": [{}]}', "\x00" * 100, "null"],
)
def test_a_damaged_file_of_claims_counts_as_none(tmp_path: Path, text: str) -> None:
    """A full disk cut it, or another version wrote it."""
    (tmp_path / "claims.json").write_text(text)
    with open_endpoint(Mint(), tmp_path) as endpoint:
        assert endpoint.claims() == []
        assert ask(endpoint.open_claim(WISH, ME))["status"] == 200


def test_the_file_of_claims_holds_no_secret(tmp_path: Path) -> None:
    """Neither a token, nor a secret of the environment; only this user can read it."""
    secrets = {
        "AWS_SECRET_ACCESS_KEY": "secret-1",
        "AWS_SESSION_TOKEN": "secret-2",
        "AWS_BEARER_TOKEN_BEDROCK": "secret-3",
        "SHELLVAULT_PASSPHRASE": "secret-4",
        "HTTPS_PROXY": "http://me:secret-5@proxy",
        "GITHUB_TOKEN": "secret-6",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": "secret-7",
        "AWS_VAULT_FILE_PASSPHRASE": "secret-8",
        "OTHER": "secret-9",
    }
    kept = {
        "SHELLVAULT_PASSPHRASE_FILE": "/p",
        "AWS_SESSION_TOKEN_TTL": "2h",
        "https_proxy": "http://proxy",
        "HOME": "/",
    }
    with open_endpoint(Mint(), tmp_path) as endpoint:
        ticket = endpoint.open_claim(WISH.replace(environ=secrets | kept), ME)
        file = tmp_path / "claims.json"
        text, mode = file.read_text(), stat.S_IMODE(file.stat().st_mode)
        assert Path(ticket.token_file).read_text() not in text
    assert "secret" not in text
    assert json.loads(text)["claims"][0]["wish"]["environ"] == kept
    assert mode == 0o600


def test_a_full_disk_costs_only_the_takeover(tmp_path: Path) -> None:
    """Where the file of claims cannot be written, programs are answered all the same."""
    with open_endpoint(Mint(), tmp_path) as endpoint:
        (tmp_path / "claims.json").mkdir()
        (tmp_path / "claims.json" / "x").touch()
        assert ask(endpoint.open_claim(WISH, ME))["status"] == 200


def test_an_endpoint_without_claims_leaves_no_file(tmp_path: Path) -> None:
    """Not in the folder, not for a next one."""
    with open_endpoint(Mint(), tmp_path) as endpoint:
        endpoint.close_claim(endpoint.open_claim(WISH, ME))
        wait_until(lambda: not list(tmp_path.iterdir()))
        assert endpoint.claims() == []
