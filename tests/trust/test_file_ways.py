"""Files named in the environment: refused if others could replace them, and read only once."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from shellvault.core.errors import UsageError
from shellvault.system.file_owner import find_links, read_owned, require_owned
from tests.providers.test_credential_files import make_large
from tests.sandbox import SHELLVAULT
from tests.trust.foreign_server import NOBODY
from tests.trust.inspecting_proxy import InspectingProxy

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.broker.conftest import MfaUser

ENV = ("env", "reader", "--shell", "bash")


def link_of_nobody(folder: Path, real: Path) -> Path:
    """Let `nobody` own a link to root's file, in a folder of their own."""
    theirs = folder / "theirs"
    theirs.mkdir()
    link = theirs / "link"
    link.symlink_to(real)
    os.lchown(link, NOBODY, NOBODY)
    os.chown(theirs, NOBODY, NOBODY)
    return link


def own_link_in_folder_of_nobody(folder: Path, real: Path) -> Path:
    """The folder's owner can replace the link."""
    link = link_of_nobody(folder, real)
    os.lchown(link, 0, 0)
    return link


def link_in_sticky_folder(folder: Path, real: Path) -> Path:
    """Let `nobody` own a link in a folder like /tmp."""
    link = link_of_nobody(folder, real)
    os.chown(link.parent, 0, 0)
    link.parent.chmod(0o1777)
    return link


def file_of_root_in_folder_of_nobody(folder: Path, real: Path) -> Path:
    """Its owner can replace the file, whatever the folder's mode."""
    theirs = folder / "theirs"
    theirs.mkdir()
    file = theirs / "file"
    file.write_bytes(real.read_bytes())
    os.chown(theirs, NOBODY, NOBODY)
    return file


def link_into_open_folder(folder: Path, real: Path) -> Path:
    """The link itself is safe, but its target is not."""
    file = file_of_root_in_folder_of_nobody(folder, real)
    os.chown(file.parent, 0, 0)
    file.parent.chmod(0o777)
    link = folder / "link"
    link.symlink_to(file)
    return link


def folder_link_of_nobody(folder: Path, real: Path) -> Path:
    """The link is a folder on the path to the file."""
    link = link_of_nobody(folder, real.parent)
    return link / real.name


WAYS = [
    link_of_nobody,
    own_link_in_folder_of_nobody,
    link_in_sticky_folder,
    file_of_root_in_folder_of_nobody,
    link_into_open_folder,
    folder_link_of_nobody,
]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return a folder with the file `real`."""
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "real").write_text("[default]\n")
    return tmp_path


@pytest.mark.parametrize("way", WAYS)
def test_a_path_that_others_can_change_is_refused(place: Path, way: Callable[[Path, Path], Path]) -> None:
    """By both checks, whatever it leads to right now."""
    path = str(way(place, place / "own" / "real"))
    for check in (read_owned, require_owned):
        with pytest.raises(UsageError, match="is not used, because"):
            check(path, "the file")


@pytest.mark.parametrize("way", WAYS)
def test_a_replaceable_config_file_is_refused(user: MfaUser, tmp_path: Path, way: Callable[[Path, Path], Path]) -> None:
    """Before AWS is called."""
    path = way(tmp_path, user.sandbox.config)
    done = user.sandbox.run(*ENV, AWS_CONFIG_FILE=str(path))
    assert (done.returncode, done.stdout, user.sandbox.aws.world.calls) == (2, "false\n", [])
    assert f"error: the config file {path} is not used, because" in done.stderr


def test_own_links_and_sticky_folders_are_used(place: Path) -> None:
    """The user's and root's own links are trusted, and nobody can replace other people's files in a sticky folder."""
    sticky = place / "sticky"
    sticky.mkdir()
    sticky.chmod(0o1777)
    (sticky / "file").write_text("mine")
    (place / "link").symlink_to("sticky/file")
    (place / "to-folder").symlink_to(sticky)
    for way in ("sticky/file", "link", "to-folder/file"):
        assert read_owned(str(place / way), "the file") == b"mine"


def test_a_file_replaced_while_being_read_is_refused(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file that was opened is no longer the one at the path."""
    real = place / "own" / "real"
    opened = os.stat
    replaced = False

    def replace_first(path: str, **more: bool) -> os.stat_result:
        nonlocal replaced
        if path == str(real) and not replaced:
            replaced = True
            real.rename(real.with_name("older"))
            real.write_text("other")
        return opened(path, **more)

    monkeypatch.setattr(os, "stat", replace_first)
    with pytest.raises(UsageError, match="was replaced while it was read"):
        read_owned(str(real), "the file")


def test_links_are_found_in_order(place: Path) -> None:
    """Relative and absolute links, in folders and at the end. A loop does not go on for ever."""
    (place / "a").symlink_to("own/../b")
    (place / "b").symlink_to(place / "own")
    (place / "loop").symlink_to("loop")
    top = os.path.realpath(place)
    assert find_links(f"{top}/a/real") == [f"{top}/a", f"{top}/b"]
    assert find_links(f"{top}/own/real") == []
    assert set(find_links(f"{top}/loop")) == {f"{top}/loop"}


def test_certificates_are_opened_only_once(user: MfaUser, tmp_path: Path) -> None:
    """TLS gets exactly what was checked, so nobody can swap the file in between."""
    folder = tmp_path / "corp"
    folder.mkdir()
    trace = tmp_path / "trace"
    with InspectingProxy(folder, user.sandbox.aws.url) as proxy:
        proxied = {"HTTPS_PROXY": proxy.url, "NO_PROXY": "", "AWS_ENDPOINT_URL": "", "AWS_CA_BUNDLE": str(proxy.ca)}
        assert user.sandbox.run("trust", str(proxy.ca)).returncode == 0
        done = user.sandbox.command(
            ["strace", "-f", "-e", "trace=open,openat", "-o", str(trace), SHELLVAULT, *ENV], **proxied
        )
    assert (done.returncode, user.sandbox.aws.world.count("AssumeRole", "ok")) == (0, 1), done.stderr
    assert trace.read_text().count(f'"{proxy.ca}"') == 1


@pytest.mark.parametrize("device", ["/dev/null", "/dev/zero"])
def test_a_device_counts_as_an_empty_config_file(user: MfaUser, device: str) -> None:
    """/dev/zero never ends."""
    assert user.sandbox.run("env", "base", "--shell", "bash", AWS_CONFIG_FILE=device).returncode == 0


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, make_large])
def test_an_unreadable_config_file_is_an_error_at_once(
    user: MfaUser, tmp_path: Path, make: Callable[[str], object]
) -> None:
    """A pipe, a folder, or a file of 64 GiB."""
    path = tmp_path / "config"
    make(str(path))
    done = user.sandbox.run(*ENV, AWS_CONFIG_FILE=str(path))
    assert (done.returncode, done.stdout) == (2, "false\n")
    assert f"error: cannot read {path}: " in done.stderr


def test_a_config_file_may_be_a_shells_pipe(user: MfaUser) -> None:
    """As in the AWS CLI."""
    script = f"AWS_CONFIG_FILE=/dev/fd/7 shellvault list --profiles 7< <(cat {user.sandbox.config})"
    done = user.sandbox.shell("bash", script)
    assert "reader\n" in done.stdout, done.stderr
