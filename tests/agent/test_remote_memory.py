"""The agent's memory over a channel: what travels, what a malformed question gets, and an agent that is not there."""

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
def test_an_unknown_question_gets_an_empty_answer(held: AgentMemory, fields: list[bytes]) -> None:
    """No error, which could end the agent for everybody; and nothing changes."""
    assert answer_memory(held, fields) == []
    assert held.find("session", "a") == b"payload"


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_question_with_too_few_or_too_many_arguments_does_nothing(held: AgentMemory, operation: bytes) -> None:
    """Each operation answers with one number of arguments, and with no other."""
    arguments = [b"other", b"b", b"payload", b"2000000000", b"60", b"note", b"more", b"still more"]
    answered = [count for count in range(9) if answer_memory(held, [operation, *arguments[:count]])]
    assert len(answered) <= 1
    right = {b"is_available": 0, b"add": 6, b"clear": 0, b"remove": 2}
    assert answered == ([right[operation]] if operation in right else [])
    assert (held.find("session", "a") is None) == (operation == b"clear")


@pytest.mark.parametrize("number", NUMBERS, ids=repr)
def test_a_malformed_number_changes_nothing(held: AgentMemory, number: bytes) -> None:
    """Neither as an expiry nor as a timeout."""
    assert answer_memory(held, [b"add", b"session", b"a", b"new", number, b"60", b""]) == []
    assert answer_memory(held, [b"add", b"session", b"a", b"new", b"2000000000", number, b""]) == []
    assert answer_memory(held, [b"touch", b"session", b"a", number]) == []
    assert held.find("session", "a") == b"payload"
    assert (held.seconds_left("session", "a") or 0) > HOUR - 60


def test_no_question_raises(held: AgentMemory) -> None:
    """Thousands of random ones, well formed in part."""
    choose = random.Random(7)  # noqa: S311 - the same questions each time
    for _ in range(20_000):
        fields = [choose.choice(OPERATIONS), *choose.choices(ODD_FIELDS, k=choose.randrange(8))]
        assert all(isinstance(field, bytes) for field in answer_memory(held, fields))


@pytest.mark.parametrize("answer", [None, [], (), [b""], [b"x"] * 2, [b"\xff"] * 3, [b"a", HUGE, b""], [b"1"] * 7])
def test_an_agent_without_a_sensible_answer_is_an_unavailable_memory(answer: Sequence[bytes] | None) -> None:
    """None is there, or it speaks otherwise: nothing raises, and nothing is taken for done."""
    remote = RemoteMemory(lambda _fields: answer)
    remote.remove("session", "a")
    remote.clear()
    assert not remote.is_available()
    assert not add(remote, "a")
    assert not remote.touch("session", "a", 60)
    assert remote.seconds_left("session", "a") is None
    assert remote.find_note("session", "a") is None
    assert remote.entries("session") == []
    assert remote.find("session", "a") == (b"" if answer == [b""] else None)  # an empty payload makes sense


def test_without_an_agent_stores_behave_as_without_a_kernel_keyring() -> None:
    """Nothing is found, nothing can be kept, and vaults are locked."""
    remote = RemoteMemory(lambda _fields: None)
    store, cache = MemoryStore(remote, "session"), UnlockedKeyCache(remote)
    assert (store.get("a"), list(store.entries())) == (None, [])
    with pytest.raises(VaultUnavailableError, match="the agent is full or unavailable"):
        store.put("a", "text", expires_at=int(time.time()) + HOUR)
    assert (cache.keep_key("vault", b"k"), cache.use_key("vault"), cache.find_lock_time("vault")) == (False, None, None)
    cache.lock_all()


def test_listing_and_looking_at_the_time_read_no_payload(held: AgentMemory) -> None:
    """The payload travels only where it is asked for."""
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
    """What one keeps, the other finds and can remove."""
    one, other = see_remotely(held), see_remotely(held)
    add(one, "b", b"\0from one")
    assert other.find("session", "b") == b"\0from one"
    other.clear()
    assert one.entries("session") == []
