"""The agent's memory as clients use it: what is transferred, malformed requests, and a missing agent."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

import pytest

from shellvault.agent.memory import AgentMemory
from shellvault.agent.remote_memory import RemoteMemory, answer_memory
from shellvault.core.errors import VaultUnavailableError
from shellvault.storage.kernel_keyring import MemoryStore
from shellvault.storage.sealed.unlocked_key_cache import UnlockedKeyCache
from tests.storage.kernel_keyrings import HOUR, add
from tests.storage.secret_memories import see_remotely

if TYPE_CHECKING:
    from collections.abc import Sequence

OPERATIONS = (
    b"is_available",
    b"find",
    b"entries",
    b"find_note",
    b"add",
    b"touch",
    b"remove",
    b"clear",
    b"seconds_left",
)
HUGE = b"9" * 5000
NUMBERS = (b"", b"-", b"x", b"1.5", b"1e9", b" 1", b"+1", b"1_0", b"\xb2", b"--1", b"0x1", b"9" * 16, b"nan", HUGE)
ODD_FIELDS = (*NUMBERS, b"\0", b"\xff\xfe", b"session", b"a", b"5", b"-5", b"\n", b"x" * 70_000)


@pytest.fixture
def held() -> AgentMemory:
    """Return the memory of an agent that holds one session."""
    memory = AgentMemory()
    add(memory, "a")
    return memory


@pytest.mark.parametrize("fields", [[], [b""], [b"steal"], [b"FIND", b"session", b"a"], [b"find\0", b"session", b"a"]])
def test_an_unknown_request_gets_an_empty_answer(held: AgentMemory, fields: list[bytes]) -> None:
    """It changes nothing, and raises no error, which could end the agent for everybody."""
    assert answer_memory(held, fields) == []
    assert held.find("session", "a") == b"payload"


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_request_with_too_few_or_too_many_arguments_does_nothing(held: AgentMemory, operation: bytes) -> None:
    """Each operation accepts exactly one number of arguments."""
    arguments = [b"other", b"b", b"payload", b"2000000000", b"60", b"note", b"more", b"still more"]
    answered = [count for count in range(9) if answer_memory(held, [operation, *arguments[:count]])]
    assert len(answered) <= 1
    right = {b"is_available": 0, b"add": 6, b"clear": 0, b"remove": 2}
    assert answered == ([right[operation]] if operation in right else [])
    assert (held.find("session", "a") is None) == (operation == b"clear")


@pytest.mark.parametrize("number", NUMBERS, ids=repr)
def test_a_malformed_number_changes_nothing(held: AgentMemory, number: bytes) -> None:
    """This applies to an expiry as well as a timeout."""
    assert answer_memory(held, [b"add", b"session", b"a", b"new", number, b"60", b""]) == []
    assert answer_memory(held, [b"add", b"session", b"a", b"new", b"2000000000", number, b""]) == []
    assert answer_memory(held, [b"touch", b"session", b"a", number]) == []
    assert held.find("session", "a") == b"payload"
    assert (held.seconds_left("session", "a") or 0) > HOUR - 60


def test_no_request_raises(held: AgentMemory) -> None:
    """Sends thousands of random requests, some of them partly valid."""
    choose = random.Random(7)  # noqa: S311 - the same requests in each run
    for _ in range(20_000):
        fields = [choose.choice(OPERATIONS), *choose.choices(ODD_FIELDS, k=choose.randrange(8))]
        assert all(isinstance(field, bytes) for field in answer_memory(held, fields))


@pytest.mark.parametrize("answer", [None, [], (), [b""], [b"x"] * 2, [b"\xff"] * 3, [b"a", HUGE, b""], [b"1"] * 7])
def test_a_missing_or_nonsensical_answer_means_an_unavailable_memory(answer: Sequence[bytes] | None) -> None:
    """Nothing raises, and nothing counts as done."""
    remote = RemoteMemory(lambda _fields: answer)
    remote.remove("session", "a")
    remote.clear()
    assert not remote.is_available()
    assert not add(remote, "a")
    assert not remote.touch("session", "a", 60)
    assert remote.seconds_left("session", "a") is None
    assert remote.find_note("session", "a") is None
    assert remote.entries("session") == []
    assert remote.find("session", "a") == (b"" if answer == [b""] else None)  # an empty payload is valid


def test_without_an_agent_stores_behave_as_without_a_kernel_keyring() -> None:
    """They find nothing and can keep nothing, and vaults are locked."""
    remote = RemoteMemory(lambda _fields: None)
    store, cache = MemoryStore(remote, "session"), UnlockedKeyCache(remote)
    assert (store.get("a"), list(store.entries())) == (None, [])
    with pytest.raises(VaultUnavailableError, match="the agent is full or unavailable"):
        store.put("a", "text", expires_at=int(time.time()) + HOUR)
    assert (cache.keep_key("vault", b"k"), cache.use_key("vault"), cache.find_lock_time("vault")) == (False, None, None)
    cache.lock_all()


def test_only_find_transfers_a_payload(held: AgentMemory) -> None:
    """Listing, touching, and reading notes or times do not need it, so the secret stays in the agent."""
    answers: list[list[bytes]] = []

    def ask(fields: Sequence[bytes]) -> Sequence[bytes]:
        answers.append(answer_memory(held, fields))
        return answers[-1]

    remote = RemoteMemory(ask)
    remote.entries("session")
    remote.find_note("session", "a")
    remote.seconds_left("session", "a")
    remote.touch("session", "a", 60)
    assert b"payload" not in [field for answer in answers for field in answer]
    remote.find("session", "a")
    assert answers[-1] == [b"payload"]


def test_clients_of_one_agent_share_its_memory(held: AgentMemory) -> None:
    """One client finds and can remove what another one added."""
    one, other = see_remotely(held), see_remotely(held)
    add(one, "b", b"\0from one")
    assert other.find("session", "b") == b"\0from one"
    other.clear()
    assert one.entries("session") == []
