"""The file that remembers uses of profiles: short, private, and harmless whatever is in it or in its place."""

from __future__ import annotations

import os
import stat
import time
from typing import TYPE_CHECKING

import pytest

from shellvault.storage.usage_log import LARGEST, read_uses, record_use

if TYPE_CHECKING:
    from pathlib import Path


def names(home: Path) -> list[str]:
    """Return the names in the log, the oldest use first."""
    return [name for _used_at, name in read_uses(str(home))]


def test_uses_are_read_in_the_order_in_which_they_were_recorded(tmp_path: Path) -> None:
    """With their time. The file is for its owner only."""
    record_use(str(tmp_path), ["dev", "two words"])
    record_use(str(tmp_path), ["ü", "\udcff"])
    assert names(tmp_path) == ["dev", "two words", "ü", "\udcff"]
    assert abs(read_uses(str(tmp_path))[0][0] - time.time()) < 60
    assert stat.S_IMODE((tmp_path / "used").stat().st_mode) == 0o600


def test_a_large_file_loses_its_older_half(tmp_path: Path) -> None:
    """However large it was: what is read is limited, and what stays are whole lines."""
    lines = [f"{1_800_000_000 + number} profile-{number}\n" for number in range(200_000)]
    (tmp_path / "used").write_text("".join(lines))
    before = names(tmp_path)
    assert before[-1] == "profile-199999"
    size = (tmp_path / "used").stat().st_size
    assert LARGEST // 2 - 100 < size <= LARGEST // 2
    assert names(tmp_path) == before
    record_use(str(tmp_path), ["dev"])
    assert names(tmp_path) == [*before, "dev"]


@pytest.mark.parametrize(
    "line", ["", "\0", "x dev", "-5 dev", "9" * 50 + " dev", "²² dev", "1800000000", "1800000000 "]
)
def test_damaged_lines_are_ignored(tmp_path: Path, line: str) -> None:
    """The others count."""
    (tmp_path / "used").write_text(f"{line}\n1800000000 dev\n{line}")
    assert names(tmp_path) == ["dev"]


@pytest.mark.parametrize("kind", ["missing home", "folder", "pipe", "link", "device"])
def test_what_is_no_file_is_neither_read_nor_written(tmp_path: Path, kind: str) -> None:
    """And nobody waits for it."""
    home, path, other = tmp_path, tmp_path / "used", tmp_path / "other"
    other.write_text("1800000000 other\n")
    if kind == "missing home":
        home = tmp_path / "none"
    elif kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(other if kind == "link" else "/dev/zero")
    record_use(str(home), ["dev"])
    assert names(home) == []
    assert other.read_text() == "1800000000 other\n"
