"""A session is obtained once for all programs, renewed ahead of time, and served until there is a newer one."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from shellvault.core import errors
from tests.endpoint.minting import WISH, Mint, ask, open_endpoint
from tests.storage.child_processes import wait_until

if TYPE_CHECKING:
    from pathlib import Path

ME = os.getpid()
KINDS = [
    (errors.UsageError, 400),
    (errors.NoSuchProfileError, 404),
    (errors.NoKeyPairError, 404),
    (errors.LockedError, 403),
    (errors.VaultUnavailableError, 503),
    (errors.NotAskedError, 403),
    (errors.WrongAnswerError, 403),
    (errors.AwsRefusedError, 403),
    (errors.AwsUnreachableError, 503),
    (errors.ShellvaultError, 500),
]


def test_100_simultaneous_requests_share_one_session(tmp_path: Path) -> None:
    """They come through five different claims for that session."""
    mint = Mint(takes=0.5)
    with open_endpoint(mint, tmp_path) as endpoint, ThreadPoolExecutor(100) as threads:
        tickets = [endpoint.open_claim(WISH.replace(words=(str(number),)), ME) for number in range(5)]
        answers = list(threads.map(ask, tickets * 20))
    assert {answer["AccessKeyId"] for answer in answers} == {"ASIA0000000000000001"}
    assert len(mint.claims) == 1


def test_100_simultaneous_requests_share_one_error(tmp_path: Path) -> None:
    """Otherwise each of them would call AWS in turn."""
    mint = Mint(takes=0.5)
    mint.error = errors.AwsUnreachableError("AWS did not answer", "try later")
    with open_endpoint(mint, tmp_path) as endpoint, ThreadPoolExecutor(100) as threads:
        answers = list(threads.map(ask, [endpoint.open_claim(WISH, ME)] * 100))
    assert {(answer["status"], answer["message"]) for answer in answers} == {
        (503, "shellvault: AWS did not answer; try later")
    }
    assert len(mint.claims) == 1


def test_sessions_of_different_profiles_are_obtained_in_parallel(tmp_path: Path) -> None:
    """One that takes long does not hold up the others."""
    mint = Mint(takes=1)
    with open_endpoint(mint, tmp_path) as endpoint, ThreadPoolExecutor(10) as threads:
        wishes = [WISH.replace(profile=str(number), identity=str(number)) for number in range(10)]
        start = time.monotonic()
        assert len(list(threads.map(ask, [endpoint.open_claim(wish, ME) for wish in wishes]))) == 10
        assert time.monotonic() - start < 5
    assert mint.most > 1


@pytest.mark.parametrize(("kind", "status"), KINDS)
def test_an_error_says_what_happened_and_what_to_do(
    tmp_path: Path, kind: type[errors.ShellvaultError], status: int
) -> None:
    """It has the fields in both spellings that SDKs look for. `claims` shows the error too."""
    mint = Mint()
    mint.error = kind("it is so", "do this")
    with open_endpoint(mint, tmp_path) as endpoint:
        answer = ask(endpoint.open_claim(WISH, ME))
        assert endpoint.claims()[0].error == "it is so"
    assert answer["status"] == status
    assert answer["message"] == answer["Message"] == "shellvault: it is so; do this"
    assert answer["code"] == answer["Code"] != ""


def test_a_bug_is_reported_without_the_text_of_its_exception(tmp_path: Path) -> None:
    """That text may contain a secret."""
    mint = Mint()
    mint.error = ValueError("a-secret")
    with open_endpoint(mint, tmp_path) as endpoint:
        answer = ask(endpoint.open_claim(WISH, ME))
    assert (answer["status"], answer["message"]) == (
        500,
        "shellvault: a bug in shellvault: ValueError; please report it",
    )


def test_an_error_that_was_fixed_soon_disappears(tmp_path: Path) -> None:
    """The endpoint repeats an error for a few seconds, and then tries again."""
    mint = Mint()
    mint.error = errors.LockedError("the vault is locked")
    with open_endpoint(mint, tmp_path) as endpoint:
        ticket = endpoint.open_claim(WISH, ME)
        for _ in range(20):
            assert ask(ticket)["status"] == 403
        assert len(mint.claims) == 1
        mint.error = None
        wait_until(lambda: ask(ticket)["status"] == 200)
    assert len(mint.claims) == 2


def test_a_session_is_renewed_before_it_expires(tmp_path: Path) -> None:
    """Under constant requests, each renewal happens only once, and no answer has expired."""
    mint = Mint(life=4)
    with open_endpoint(mint, tmp_path) as endpoint:
        ticket = endpoint.open_claim(WISH, ME)
        start = time.monotonic()
        while time.monotonic() - start < 9:
            answer = ask(ticket)
            end = time.mktime(time.strptime(answer["Expiration"], "%Y-%m-%dT%H:%M:%SZ")) - time.timezone
            assert end > time.time()
            time.sleep(0.05)
    assert 3 <= len(mint.claims) <= 4


def test_a_session_in_use_is_renewed_before_anybody_asks(tmp_path: Path) -> None:
    """So no program has to wait. A session that needs a person is not renewed ahead of time."""
    mint = Mint(life=8)
    with open_endpoint(mint, tmp_path) as endpoint:
        ask(endpoint.open_claim(WISH, ME))
        ask(endpoint.open_claim(WISH.replace(identity="mfa", renews_ahead=False), ME))
        wait_until(lambda: len(mint.claims) > 2)
    assert [claim.wish.identity for claim in mint.claims] == [WISH.identity, "mfa", WISH.identity]


def test_a_claim_that_nobody_uses_obtains_nothing(tmp_path: Path) -> None:
    """This is what `--lazy` promises."""
    mint = Mint(life=1)
    with open_endpoint(mint, tmp_path) as endpoint:
        endpoint.open_claim(WISH, ME)
        time.sleep(6)
    assert mint.claims == []


def test_the_last_session_is_served_at_once_while_a_renewal_hangs(tmp_path: Path) -> None:
    """SDKs wait for at most two seconds."""
    mint = Mint(life=16)
    with open_endpoint(mint, tmp_path) as endpoint:
        ticket = endpoint.open_claim(WISH, ME)
        first = ask(ticket)["AccessKeyId"]
        mint.takes = 60
        time.sleep(12.5)  # it is due now
        start = time.monotonic()
        assert ask(ticket)["AccessKeyId"] == first
        assert time.monotonic() - start < 1.8


def test_a_claim_that_is_not_lazy_gets_its_session_at_once(tmp_path: Path) -> None:
    """It is renewed ahead of time from the start, and `status` can show when it expires."""
    mint = Mint()
    with open_endpoint(mint, tmp_path) as endpoint:
        endpoint.open_claim(WISH.replace(is_lazy=False), ME)
        wait_until(lambda: endpoint.claims()[0].expires_at is not None)
    assert len(mint.claims) == 1


def test_forgotten_sessions_are_obtained_again(tmp_path: Path) -> None:
    """`clear` makes the endpoint forget its sessions."""
    mint = Mint()
    with open_endpoint(mint, tmp_path) as endpoint:
        ticket = endpoint.open_claim(WISH, ME)
        assert ask(ticket)["AccessKeyId"] == ask(ticket)["AccessKeyId"]
        endpoint.forget_sessions()
        ask(ticket)
    assert len(mint.claims) == 2
