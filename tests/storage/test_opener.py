"""Which stores a command gets, by its settings and by what the system offers."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from shellvault.agent.remote_memory import RemoteMemory
from shellvault.core.errors import UsageError
from shellvault.own_process import OwnProcess
from shellvault.storage.index import IndexEntry
from shellvault.storage.opener import Storage
from shellvault.ui.user_interface import Ui
from tests.agent.without_kernel_keyring import forbid_keyrings
from tests.core.sample_settings import make_settings
from tests.storage.child_processes import in_child
from tests.storage.secret_memories import open_agent_memory
from tests.storage.session_cache_contract import KEY, TOKEN, role, session

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from pathlib import Path
    from typing import TypeVar

    from shellvault.core.secret_memory import SecretMemory
    from shellvault.core.wish import ClaimStatus, Wish
    from shellvault.request import Answer, Ask

    Result = TypeVar("Result")


class SilentTerminal:
    """A terminal that nothing may be written to, and on which nobody can be asked."""

    stdout_is_tty = False
    stderr_is_tty = False
    columns = 0
    pid = 0
    caller_pid = 1

    def write(self, text: str) -> None:
        """Fail."""
        raise AssertionError(text)

    def converse(self, talk: Callable[[Ask], Result], *, hidden: bool) -> Result:
        """Fail."""
        raise AssertionError(f"asked, hidden={hidden}: {talk}")

    def choose(self, choices: object, query: str, environ: object, cwd: str) -> str | None:
        """Fail."""
        raise AssertionError(choices, query, environ, cwd)

    def discard_input(self) -> None:
        """Fail."""
        raise AssertionError

    def pass_on(self, stream: int, data: bytes, give_up: Callable[[], bool]) -> None:
        """Fail."""
        raise AssertionError(stream, data, give_up)

    def finish(self, answer: Answer) -> None:
        """Fail."""
        raise AssertionError(answer)

    def expect_person(self) -> None:
        """Fail."""
        raise AssertionError


class HostWithMemory:
    """A host that keeps secrets in the given memory instead of the kernel keyring."""

    note_session = None

    def __init__(self, memory: SecretMemory) -> None:
        self._memory = memory

    def memory(self, home: str, environ: Mapping[str, str]) -> SecretMemory:
        """Return the given memory."""
        del home, environ
        return self._memory

    def agent_pid(self) -> int | None:
        """Fail."""
        raise AssertionError

    def require_bus(self, environ: Mapping[str, str]) -> None:
        """Fail."""
        raise AssertionError(environ)

    def open_claim(self, wish: Wish, owner: int, /) -> tuple[str, str]:
        """Fail."""
        raise AssertionError(wish, owner)

    def find_claim(self, url: str) -> ClaimStatus | None:
        """Fail."""
        raise AssertionError(url)

    def stop_renewals(self, home: str, identities: Collection[str] | None) -> None:
        """Fail."""
        raise AssertionError(home, identities)


def open_storage(
    home: Path, options: Mapping[str, str] | None = None, memory: SecretMemory | None = None, **environ: str
) -> Storage:
    """Return the storage of a home, as a process that starts now would have it."""
    settings = make_settings({"SHELLVAULT_HOME": str(home), **environ}, options)
    host = HostWithMemory(memory) if memory else OwnProcess()
    return Storage(settings, lambda: Ui(SilentTerminal(), may_ask=False, verbose=False), host)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """Return a home, whose entries in the kernel keyring are removed afterwards."""
    yield tmp_path / "home"
    open_storage(tmp_path / "home").memory.clear()


def test_the_backend_is_the_one_that_was_asked_for(home: Path) -> None:
    """Whatever the index says."""
    open_storage(home).index.put(IndexEntry("secret-service", "a" * 32, "WXYZ", "dev"))
    assert open_storage(home, {"--backend": "sealed"}).backend_name == "sealed"


@pytest.mark.parametrize("backend", ["", "auto", "kwallet"])
def test_the_backend_that_holds_keys_is_used_without_probing_it(home: Path, backend: str) -> None:
    """Although KWallet does not answer here, and aws-vault's variable names another backend."""
    open_storage(home).index.put(IndexEntry("kwallet", "a" * 32, "WXYZ", "dev"))
    assert open_storage(home, {"--backend": backend}, AWS_VAULT_BACKEND="file").backend_name == "kwallet"


def test_the_backend_of_aws_vault_is_used_by_a_new_home(home: Path) -> None:
    """Under the name that we have for it; one that we do not have is an error."""
    assert open_storage(home, AWS_VAULT_BACKEND="file").backend_name == "sealed"
    with pytest.raises(UsageError, match="AWS_VAULT_BACKEND is 'op', which is not a backend of shellvault"):
        _ = open_storage(home, AWS_VAULT_BACKEND="op").backend_name


def test_sessions_and_refresh_tokens_are_in_the_kernel_keyring(home: Path) -> None:
    """They are found by the next process, which opens no vault for them, and each home has its own."""
    open_storage(home).session_cache().keep(TOKEN, session())
    open_storage(home).refresh_tokens().keep(TOKEN.identity, "token", int(time.time()) + 60)
    storage = open_storage(home)
    assert storage.session_cache().get(TOKEN.identity) == session()
    assert storage.refresh_tokens().get(TOKEN.identity) == "token"
    assert {kind: len(storage.memory.entries(kind)) for kind in ("session", "refresh-token")} == {
        "session": 1,
        "refresh-token": 1,
    }
    assert open_storage(home.with_name("other")).session_cache().get(TOKEN.identity) is None


def test_without_a_kernel_keyring_they_are_in_the_vault(home: Path) -> None:
    """As the files beside it show."""
    home.mkdir()

    def child() -> list[str]:
        forbid_keyrings()
        storage = open_storage(home)
        assert storage.session_cache().notes() == []
        assert storage.refresh_tokens().forget() == 0
        (home / "sessions").write_text(f"{TOKEN.identity}\t{int(time.time()) + 60}\t1\tkind\tdev\tbase\n")
        return [note.profile for note in storage.session_cache().notes()]

    assert in_child(child) == ["dev"]


@pytest.mark.parametrize("remote", [False, True])
def test_without_a_kernel_keyring_secrets_are_in_its_substitute(home: Path, *, remote: bool) -> None:
    """These are sessions, refresh tokens and the sealed vault's data key; no file holds them."""
    home.mkdir()

    def child() -> tuple[object, ...]:
        forbid_keyrings()
        agent = open_agent_memory(remote=remote)
        storage = open_storage(home, memory=agent)
        storage.session_cache().keep(TOKEN, session())
        storage.refresh_tokens().keep(TOKEN.identity, "token", int(time.time()) + 60)
        storage.unlocked_keys().keep_key("vault", b"key")
        again = open_storage(home, memory=agent)
        assert again.session_cache().get(TOKEN.identity) == session()
        return again.refresh_tokens().get(TOKEN.identity), again.unlocked_keys().use_key("vault"), again.memory.name

    assert in_child(child) == ("token", b"key", "the agent")
    assert list(home.iterdir()) == []


def test_the_vault_is_used_if_the_substitute_does_not_answer(home: Path) -> None:
    """It is as if there were no substitute."""
    home.mkdir()

    def child() -> list[str]:
        forbid_keyrings()
        (home / "sessions").write_text(f"{TOKEN.identity}\t{int(time.time()) + 60}\t1\tkind\tdev\tbase\n")
        storage = open_storage(home, memory=RemoteMemory(lambda _fields: None))
        return [note.profile for note in storage.session_cache().notes()]

    assert in_child(child) == ["dev"]


def test_sessions_are_forgotten_by_what_their_notes_say(home: Path) -> None:
    """And counted as a message needs it."""
    cache = open_storage(home).session_cache()
    for link in (TOKEN, role("dev"), role("ops", "arn:aws:iam::1:role/ops")):
        cache.keep(link, session())
    storage = open_storage(home)
    assert storage.forget_sessions(lambda note: note.profile == "nobody") == ""
    assert storage.forget_sessions(lambda note: note.profile == "dev") == "1 session"
    assert storage.forget_sessions(lambda note: note.key_name == KEY.name) == "2 sessions"
    assert cache.notes() == []


def test_a_refresh_lock_is_a_file_in_the_home(home: Path) -> None:
    """Which is gone afterwards."""
    with open_storage(home).refresh_lock(TOKEN.identity):
        assert [file.name for file in (home / "locks").iterdir()] == [TOKEN.identity]
    assert list((home / "locks").iterdir()) == []
