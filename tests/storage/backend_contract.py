"""What every vault backend promises: subclasses open one, and pytest runs these tests over each."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import pytest

from shellvault.core.record import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

    from shellvault.storage.backends import Backend

LONG = "0123456789" * 500
AWKWARD_NAMES = (
    "a/b/c",
    "it's",
    'say "hi"',
    "tab\there",
    "$(id) `id` %s %25",
    "profile with spaces",
    "prod 🚀",
    "ünïcödé",
    "~",
)


class BackendContract(ABC):
    """The promises. `backend` is the one under test; `reopen` creates another object over the same vault."""

    @pytest.fixture
    def backend(self, reopen: Callable[[], Backend]) -> Backend:
        """Open the vault under test."""
        return reopen()

    @abstractmethod
    @pytest.fixture
    def reopen(self) -> Callable[[], Backend]:
        """Return a function that opens the vault under test anew."""

    def test_a_secret_comes_back_unchanged(self, backend: Backend) -> None:
        """Every character survives, and the value hides itself."""
        backend.set("dev", 'AKIA…\n/+= "quoted" \\ é 🔑\ttab ')
        found = backend.get("dev")
        assert found == 'AKIA…\n/+= "quoted" \\ é 🔑\ttab '
        assert isinstance(found, Secret)

    def test_an_absent_entry_is_none(self, backend: Backend) -> None:
        """What was never stored is not the empty string."""
        assert backend.get("never stored") is None

    def test_an_empty_secret_is_not_absent(self, backend: Backend) -> None:
        """The empty string comes back as itself."""
        backend.set("empty", "")
        assert backend.get("empty") == ""

    def test_a_long_secret_comes_back_complete(self, backend: Backend) -> None:
        """A session of 5,000 characters fits, although Windows holds 1,280 per entry."""
        backend.set("long", LONG)
        assert backend.get("long") == LONG

    def test_awkward_names_are_separate(self, backend: Backend) -> None:
        """Names with slashes, quotes, spaces and emoji each keep their own secret."""
        for name in AWKWARD_NAMES:
            backend.set(name, f"secret of {name}")
        assert [backend.get(name) for name in AWKWARD_NAMES] == [f"secret of {name}" for name in AWKWARD_NAMES]

    def test_names_that_differ_only_in_case_are_separate(self, backend: Backend) -> None:
        """`Prod` and `prod` are two profiles, even where the keyring ignores case."""
        backend.set("Prod", "upper")
        backend.set("prod", "lower")
        assert (backend.get("Prod"), backend.get("prod")) == ("upper", "lower")

    def test_a_name_that_is_not_valid_text_is_accepted(self, backend: Backend) -> None:
        """A profile name with a stray byte, as Python reads it from a file, is a name like any other."""
        backend.set("stray \udcff byte", "kept")
        assert backend.get("stray \udcff byte") == "kept"
        assert backend.get("stray \udcfe byte") is None

    def test_setting_again_replaces(self, backend: Backend) -> None:
        """The new secret is the only one, whether longer or shorter."""
        for secret in ("first", LONG, "last"):
            backend.set("dev", secret)
            assert backend.get("dev") == secret

    def test_deleting_removes_one_entry_only(self, backend: Backend) -> None:
        """The others stay."""
        backend.set("gone", "1")
        backend.set("stays", "2")
        backend.delete("gone")
        assert (backend.get("gone"), backend.get("stays")) == (None, "2")

    def test_deleting_an_absent_entry_is_no_error(self, backend: Backend) -> None:
        """Deleting twice, or what was never stored, is fine."""
        backend.set("dev", "1")
        for _ in range(2):
            backend.delete("dev")
        backend.delete("never stored")

    def test_another_object_over_the_same_vault_finds_it(self, backend: Backend, reopen: Callable[[], Backend]) -> None:
        """The vault keeps it, not the object."""
        backend.set("dev", "kept")
        assert reopen().get("dev") == "kept"

    def test_another_process_finds_it_too(self, backend: Backend, reopen: Callable[[], Backend]) -> None:
        """And reads the same secret."""
        backend.set("dev", "shared")
        assert _in_another_process(lambda: reopen().get("dev")) == "shared"


def _in_another_process(work: Callable[[], str | None]) -> str:
    """Return what a function returns in a forked child, as text."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writer, repr(str(work())).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as stream:
        answer = stream.read()
    os.waitpid(child, 0)
    return answer.decode().strip("'")
