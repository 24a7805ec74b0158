"""A session is obtained once however many ask, is renewed ahead, and serves until there is a newer one."""

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


def test_100_who_ask_at_once_share_one_session(tmp_path: Path) -> None:
    """Over claims of different shells."""
    mint = Mint(takes=0.5)
    with open_endpoint(mint, tmp_path) as endpoint, ThreadPoolExecutor(100) as threads:
        tickets = [endpoint.open_claim(WISH.replace(words=(str(number),)), ME) for number in range(5)]
        answers = list(threads.map(ask, tickets * 20))
    assert {answer["AccessKeyId"] for answer in answers} == {"ASIA0000000000000001"}
    assert len(mint.claims) == 1


def test_100_who_ask_at_once_share_one_error(tmp_path: Path) -> None:
    """AWS is not asked by each of them in turn."""
    mint = Mint(takes=0.5)
    mint.error = errors.AwsUnreachableError("AWS did not answer", "try later")
    with open_endpoint(mint, tmp_path) as endpoint, ThreadPoolExecutor(100) as threads:
        answers = list(threads.map(ask, [endpoint.open_claim(WISH, ME)] * 100))
    assert {(answer["status"], answer["message"]) for answer in answers} == {
        (503, "shellvault: AWS did not answer; try later")
    }
    assert len(mint.claims) == 1


def test_sessions_of_different_profiles_are_obtained_side_by_side(tmp_path: Path) -> None:
    """One that hangs holds up no other."""
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
    """In both spellings that SDKs look for; `claims` knows it, too."""
    mint = Mint()
    mint.error = kind("it is so", "do this")
    with open_endpoint(mint, tmp_path) as endpoint:
        answer = ask(endpoint.open_claim(WISH, ME))
        assert endpoint.claims()[0].error == "it is so"
    assert answer["status"] == status
    assert answer["message"] == answer["Message"] == "shellvault: it is so; do this"
    assert answer["code"] == answer["Code"] != ""


def test_a_bug_is_told_without_its_text(tmp_path: Path) -> None:
    """It may be a secret."""
    mint = Mint()
    mint.error = ValueError("a-secret")
    with open_endpoint(mint, tmp_path) as endpoint:
        answer = ask(endpoint.open_claim(WISH, ME))
    assert (answer["status"], answer["message"]) == (
        500,
        "shellvault: a bug in shellvault: ValueError; please report it",
    )


def test_somebody_who_fixed_an_error_need_not_wait_for_long(tmp_path: Path) -> None:
    """The error is repeated for seconds only."""
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


def test_a_session_is_renewed_before_it_ends(tmp_path: Path) -> None:
    """Once for each, whoever asks meanwhile; no answer has less than a quarter of its life left."""
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
    """So that nobody waits; not if a person is needed for it."""
    mint = Mint(life=8)
    with open_endpoint(mint, tmp_path) as endpoint:
        ask(endpoint.open_claim(WISH, ME))
        ask(endpoint.open_claim(WISH.replace(identity="mfa", renews_ahead=False), ME))
        wait_until(lambda: len(mint.claims) > 2)
    assert [claim.wish.identity for claim in mint.claims] == [WISH.identity, "mfa", WISH.identity]


def test_a_claim_that_nobody_uses_obtains_nothing(tmp_path: Path) -> None:
    """`--lazy` means it, and so does a session that was given along."""
    mint = Mint(life=1)
    with open_endpoint(mint, tmp_path) as endpoint:
        endpoint.open_claim(WISH, ME)
        time.sleep(6)
    assert mint.claims == []


def test_the_last_session_serves_at_once_while_a_renewal_hangs(tmp_path: Path) -> None:
    """SDKs wait for two seconds at most."""
    mint = Mint(life=16)
    with open_endpoint(mint, tmp_path) as endpoint:
        ticket = endpoint.open_claim(WISH, ME)
        first = ask(ticket)["AccessKeyId"]
        mint.takes = 60
        time.sleep(12.5)  # it is due now
        start = time.monotonic()
        assert ask(ticket)["AccessKeyId"] == first
        assert time.monotonic() - start < 1.8


def test_a_claim_that_is_not_lazy_has_its_session_at_once(tmp_path: Path) -> None:
    """It is renewed ahead from the beginning, and `status` can say how long it lasts."""
    mint = Mint()
    with open_endpoint(mint, tmp_path) as endpoint:
        endpoint.open_claim(WISH.replace(is_lazy=False), ME)
        wait_until(lambda: endpoint.claims()[0].expires_at is not None)
    assert len(mint.claims) == 1


def test_forgotten_sessions_are_obtained_anew(tmp_path: Path) -> None:
    """`clear` does that."""
    mint = Mint()
    with open_endpoint(mint, tmp_path) as endpoint:
        ticket = endpoint.open_claim(WISH, ME)
        assert ask(ticket)["AccessKeyId"] == ask(ticket)["AccessKeyId"]
        endpoint.forget_sessions()
        ask(ticket)
    assert len(mint.claims) == 2
