"""The file of ages beside the index: it follows the index, and nothing else depends on it."""

from __future__ import annotations

import os
import stat
import time
from typing import TYPE_CHECKING

import pytest

from shellvault.core.key_age import KeyAge
from shellvault.storage.index import Index, IndexEntry

if TYPE_CHECKING:
    from pathlib import Path

LONG_AGO = 1_600_000_000


def entry(name: str, mark: str = "a", backend: str = "sealed") -> IndexEntry:
    """Return an entry; `mark` tells key pairs apart."""
    return IndexEntry(backend, mark * 32, "WXYZ", name)


def read(folder: Path) -> dict[str, KeyAge]:
    """Return the ages by the marks of key pairs, as the next command reads them."""
    return {fingerprint[0]: age for fingerprint, age in Index(str(folder)).ages().items()}


def test_a_key_pair_is_as_old_as_it_is_stored(tmp_path: Path) -> None:
    """The file is for its owner only."""
    Index(str(tmp_path)).put(entry("dev"))
    age = read(tmp_path)["a"]
    assert not age.is_told
    assert abs(age.since - time.time()) < 60
    assert stat.S_IMODE((tmp_path / "ages").stat().st_mode) == 0o600


def test_what_aws_tells_comes_before_the_time_of_storing(tmp_path: Path) -> None:
    """And stays when the key pair is stored again, under whatever name."""
    index = Index(str(tmp_path))
    index.put(entry("dev"))
    index.learn_ages({"a" * 32: LONG_AGO})
    index.put(entry("dev"), entry("other"))
    assert read(tmp_path) == {"a": KeyAge(LONG_AGO, is_told=True)}


def test_storing_again_makes_no_key_pair_younger(tmp_path: Path) -> None:
    """Another name, and another vault, have the same key pair."""
    Index(str(tmp_path)).put(entry("dev"))
    (tmp_path / "ages").write_text(f"{'a' * 32} {LONG_AGO} stored\n")
    Index(str(tmp_path)).put(entry("dev"), entry("other"), entry("dev", backend="keychain"))
    assert read(tmp_path) == {"a": KeyAge(LONG_AGO, is_told=False)}


def test_an_age_goes_with_the_last_name_of_its_key_pair(tmp_path: Path) -> None:
    """Whether that is removed or gets another key pair."""
    index = Index(str(tmp_path))
    index.put(entry("dev"), entry("other"), entry("third", "b"))
    index.drop("sealed", "dev")
    assert set(read(tmp_path)) == {"a", "b"}
    index.put(entry("other", "c"))
    index.drop("sealed", "third")
    assert set(read(tmp_path)) == {"c"}


def test_other_key_pairs_of_the_user_are_not_remembered(tmp_path: Path) -> None:
    """AWS lists them too."""
    index = Index(str(tmp_path))
    index.put(entry("dev"))
    index.learn_ages({"a" * 32: LONG_AGO, "b" * 32: LONG_AGO})
    assert set(read(tmp_path)) == {"a"}


def test_the_index_is_as_other_versions_know_it(tmp_path: Path) -> None:
    """One that knows no ages reads and writes it; what it stores has no age, and what it removes loses it later."""
    Index(str(tmp_path)).put(entry("dev"))
    assert (tmp_path / "index").read_text() == f"sealed {'a' * 32} WXYZ dev\nend 1\n"
    (tmp_path / "index").write_text(f"sealed {'b' * 32} WXYZ dev\nend 1\n")
    (tmp_path / "index.old").write_bytes((tmp_path / "index").read_bytes())
    assert Index(str(tmp_path)).entries() == (entry("dev", "b"),)
    assert "b" not in read(tmp_path)
    Index(str(tmp_path)).put(entry("new", "c"))
    assert set(read(tmp_path)) == {"c"}


@pytest.mark.parametrize(
    "line",
    [
        "",
        "\0",
        "a 1 2 3",
        f"{'a' * 32} x aws",
        f"{'a' * 32} -5 aws",
        f"{'a' * 32} 5 other",
        f"{'a' * 32} {'9' * 50} aws",
    ],
)
def test_damaged_lines_are_ignored(tmp_path: Path, line: str) -> None:
    """The others count."""
    (tmp_path / "ages").write_text(f"{line}\n{'b' * 32} {LONG_AGO} aws\n{line}")
    assert read(tmp_path) == {"b": KeyAge(LONG_AGO, is_told=True)}


@pytest.mark.parametrize("kind", ["missing", "folder", "pipe", "link", "bytes"])
def test_ages_that_cannot_be_read_are_unknown(tmp_path: Path, kind: str) -> None:
    """Nobody waits for them, and key pairs are stored all the same."""
    path, other = tmp_path / "ages", tmp_path / "other"
    other.write_text(f"{'a' * 32} {LONG_AGO} aws\n")
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "link":
        path.symlink_to(other)
    elif kind == "bytes":
        path.write_bytes(b"\xff\xfe\n\x00")
    index = Index(str(tmp_path))
    assert index.ages() == {}
    index.put(entry("dev"))
    index.learn_ages({"a" * 32: LONG_AGO})
    assert Index(str(tmp_path)).entries() == (entry("dev"),)
    assert other.read_text() == f"{'a' * 32} {LONG_AGO} aws\n"


def test_a_time_that_cannot_be_is_not_believed(tmp_path: Path) -> None:
    """An answer that is not one of AWS may hold any."""
    index = Index(str(tmp_path))
    index.put(entry("dev"))
    index.learn_ages({"a" * 32: -5})
    assert not read(tmp_path)["a"].is_told
