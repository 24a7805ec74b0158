"""The index: what is known about key pairs without opening the vault."""

from __future__ import annotations

import multiprocessing
import os
from typing import TYPE_CHECKING

import pytest

from shellvault.core.errors import VaultUnavailableError
from shellvault.storage.index import DAMAGED, MISSING, Index, IndexEntry

if TYPE_CHECKING:
    from pathlib import Path

WRITERS = 12


def entry(name: str, backend: str = "sealed", mark: str = "a") -> IndexEntry:
    """Return an entry."""
    return IndexEntry(backend, mark * 32, "WXYZ", name)


def put(folder: str, names: list[str]) -> None:
    """Put entries into the index, one after the other."""
    for name in names:
        Index(folder).put(entry(name))


def test_entries_keep_their_order(tmp_path: Path) -> None:
    """In this object, and in the next process."""
    index = Index(str(tmp_path / "home"))
    assert index.entries() == ()
    for name in ("b", "a"):
        index.put(entry(name))
    assert index.entries() == Index(str(tmp_path / "home")).entries() == (entry("b"), entry("a"))


def test_putting_an_entry_again_replaces_it_in_place(tmp_path: Path) -> None:
    """The order stays, and an entry of another vault with the same name is another entry."""
    index = Index(str(tmp_path))
    for each in (entry("a"), entry("b"), entry("a", "secret-service"), entry("a", mark="c")):
        index.put(each)
    assert index.entries() == (entry("a", mark="c"), entry("b"), entry("a", "secret-service"))


def test_entries_keep_the_order_of_their_vaults(tmp_path: Path) -> None:
    """`auto` stays with the backend of the first one."""
    index = Index(str(tmp_path))
    assert index.entries() == ()
    index.put(entry("a", "secret-service"))
    index.put(entry("b", "sealed"))
    assert index.entries()[0].backend == "secret-service"
    index.drop("secret-service", "a")
    assert index.entries()[0].backend == "sealed"


def test_dropping_removes_one_entry_only(tmp_path: Path) -> None:
    """Dropping an absent entry is fine."""
    index = Index(str(tmp_path))
    for each in (entry("a"), entry("b"), entry("a", "kwallet")):
        index.put(each)
    for _ in range(2):
        index.drop("sealed", "a")
    assert Index(str(tmp_path)).entries() == (entry("b"), entry("a", "kwallet"))


@pytest.mark.parametrize(
    "name", ["with spaces", "  two  ", "it's", "🚀", "ünï", "a=b;c", "stray \udcff byte", "ünï\x85x"]
)
def test_any_name_comes_back_unchanged(tmp_path: Path, name: str) -> None:
    """A name is the rest of its line."""
    Index(str(tmp_path)).put(entry(name))
    assert Index(str(tmp_path)).entries() == (entry(name),)


@pytest.mark.parametrize("left", [b"", b"sealed aaa", b"\xff\xfe\n\x00", b"end 1\n", None])
def test_a_damaged_or_lost_index_has_a_copy(tmp_path: Path, left: bytes | None) -> None:
    """Whether emptied, truncated, overwritten or removed: all entries are known, and the next change rewrites it."""
    for name in ("a", "b"):
        Index(str(tmp_path)).put(entry(name))
    spoil(tmp_path / "index", left)
    index = Index(str(tmp_path))
    assert index.entries() == (entry("a"), entry("b"))
    assert (index.problem, index.has_copy) == (MISSING if left is None else DAMAGED, True)
    index.put(entry("c"))
    again = Index(str(tmp_path))
    assert (len(again.entries()), again.problem) == (3, "")


def test_an_editors_line_ends_do_no_harm(tmp_path: Path) -> None:
    """Some write a carriage return before each."""
    Index(str(tmp_path)).put(entry("a"))
    (tmp_path / "index").write_bytes((tmp_path / "index").read_bytes().replace(b"\n", b"\r\n"))
    index = Index(str(tmp_path))
    assert (index.entries(), index.problem) == ((entry("a"),), "")


@pytest.mark.parametrize("cut", range(0, 140, 7))
def test_an_index_truncated_anywhere_is_noticed(tmp_path: Path, cut: int) -> None:
    """Even between two lines, and in both files at once. Half a name is never returned."""
    for name in ("a", "production"):
        Index(str(tmp_path)).put(entry(name))
    for name in ("index", "index.old"):
        spoil(tmp_path / name, (tmp_path / name).read_bytes()[: -1 - cut])
    index = Index(str(tmp_path))
    assert {each.name for each in index.entries()} <= {"a", "production"}
    assert (index.problem, index.has_copy) == (DAMAGED, False)


def test_a_new_home_has_no_problem(tmp_path: Path) -> None:
    """It has no index before the first key pair. Next to a sealed vault, however, a missing index is a problem."""
    index = Index(str(tmp_path))
    assert (index.entries(), index.problem) == ((), "")
    (tmp_path / "vault.sealed").touch()
    index = Index(str(tmp_path))
    assert (index.entries(), index.problem, index.has_vault) == ((), MISSING, True)


def test_an_index_without_entries_is_intact(tmp_path: Path) -> None:
    """The last entry has been removed."""
    Index(str(tmp_path)).put(entry("a"))
    Index(str(tmp_path)).drop("sealed", "a")
    index = Index(str(tmp_path))
    assert (index.entries(), index.problem) == ((), "")


@pytest.mark.usefixtures("limited")
def test_a_pipe_in_place_of_the_index_does_not_block(tmp_path: Path) -> None:
    """It counts as damaged, and the copy is used."""
    Index(str(tmp_path)).put(entry("a"))
    (tmp_path / "index").unlink()
    os.mkfifo(tmp_path / "index")
    assert Index(str(tmp_path)).entries() == (entry("a"),)


def test_a_link_in_place_of_the_index_is_not_followed(tmp_path: Path) -> None:
    """Reading it is refused."""
    (tmp_path / "victim").write_text(f"sealed {'a' * 32} WXYZ dev\nend 1\n")
    (tmp_path / "index").symlink_to(tmp_path / "victim")
    with pytest.raises(VaultUnavailableError, match=f"cannot read {tmp_path}/index"):
        Index(str(tmp_path)).entries()


def test_foreign_lines_are_ignored(tmp_path: Path) -> None:
    """Even at the start of the file."""
    good = f"sealed {'a' * 32} WXYZ dev\nend 1\n"
    (tmp_path / "index").write_bytes(
        b"\xff\xfe\nsealed\nsealed aa WXYZ\none two three four\n\n\x00\x00 \x00 \x00 \x00\n" + good.encode()
    )
    index = Index(str(tmp_path))
    assert index.entries() == (entry("dev"),)


def spoil(file: Path, left: bytes | None) -> None:
    """Replace a file's content by these bytes, or remove the file if None."""
    if left is None:
        file.unlink()
    else:
        file.write_bytes(left)


def test_concurrent_writers_lose_nothing(tmp_path: Path) -> None:
    """Twelve at a time, with three names each."""
    names = [[f"n{writer}-{number}" for number in range(3)] for writer in range(WRITERS)]
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=put, args=(str(tmp_path), some)) for some in names]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert {each.name for each in Index(str(tmp_path)).entries()} == {name for some in names for name in some}


def test_only_the_owner_may_read_the_file_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    """It holds no secret, but it is nobody else's business."""
    Index(str(tmp_path / "home")).put(entry("a"))
    assert (tmp_path / "home").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "home" / "index").stat().st_mode & 0o777 == 0o600
    assert sorted(file.name for file in (tmp_path / "home").iterdir()) == ["ages", "index", "index.lock", "index.old"]


def test_a_file_that_cannot_be_read_is_an_error_that_names_it(tmp_path: Path) -> None:
    """With status 5: the contents of the vault are unknown."""
    (tmp_path / "index").mkdir()
    with pytest.raises(VaultUnavailableError, match=f"cannot read {tmp_path}/index: Is a directory"):
        Index(str(tmp_path)).entries()
    with pytest.raises(VaultUnavailableError, match=f"cannot read {tmp_path}/index"):
        Index(str(tmp_path)).put(entry("a"))
