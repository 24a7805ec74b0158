"""How paths are expanded, and which folders are used: what `os.path` and platformdirs answer, from values alone."""

from __future__ import annotations

import os
import pwd
import re
from typing import TYPE_CHECKING

import platformdirs
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from shellvault.system import paths
from tests.core.generated import GENERATED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RECORDED_HOME = pwd.getpwuid(os.getuid()).pw_dir
VARIABLES = {
    "A": "one",
    "AB": "$A",
    "a_1": "",
    "HOME": "/home/alice",
    "É": "no name in ASCII",
    "A B": "a name in braces",
}

_PIECES = st.sampled_from([*"${}AB_-/~ 1Éé.", "..", "${A}", "${AB}", "$A", "$a_1", "${A B}", "${}", "$HOME", "${NONE}"])
_PATHS = st.lists(_PIECES, max_size=8).map("".join)


@pytest.fixture(scope="module", autouse=True)
def environ_of_this_process() -> Iterator[None]:
    """Give this process the sample variables, because `os.path` reads no others."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            patch.delenv(name)
        for name, value in VARIABLES.items():
            patch.setenv(name, value)
        yield


def absolute_path(path: str) -> str:
    """Return what Python makes of a path in the environment of this process and the folder /work.

    `normpath` keeps two slashes at the start, which mean the same as one on Linux and macOS.
    """
    expanded = os.path.normpath(os.path.join("/work", os.path.expanduser(path)))  # noqa: PTH111, PTH118 - the oracle
    return expanded.replace("//", "/")


@GENERATED
@given(_PATHS)
@example("${A$AB}")
@example("$A${AB}$")
def test_variables_are_expanded_as_by_python(path: str) -> None:
    """`os.path.expandvars`, which the AWS CLI uses, is the oracle."""
    unclosed = re.sub(r"\$\{[^}]*\}", "", path)
    assume("${" not in unclosed)  # versions of Python disagree about a brace that is never closed
    assert paths.expand_variables(path, VARIABLES) == os.path.expandvars(path)


@pytest.mark.parametrize("path", ["${A", "${A/x", "${", "a${AB"])
def test_unclosed_brace_is_not_a_reference(path: str) -> None:
    """The path stays as it is."""
    assert paths.expand_variables(path, VARIABLES) == path


def test_variables_of_this_process_are_not_used() -> None:
    """Only the environment that was given counts."""
    assert paths.expand_variables("$A/$OTHER", {"OTHER": "x"}) == "$A/x"


@GENERATED
@given(_PATHS, st.sampled_from(["", "~", "~/", "~//", "~root", "~root/", "~nobody-by-this-name/"]))
def test_tilde_is_expanded_as_by_python(path: str, start: str) -> None:
    """`os.path.expanduser` is the oracle; the result is absolute and normalized."""
    expected = absolute_path(start + path)
    assert paths.expand(start + path, VARIABLES, "/work").replace("//", "/") == expected


@settings(GENERATED, suppress_health_check=[*HealthCheck])
@given(st.sampled_from(["/", "/home/alice", "/home/alice/", "relative", "/home/../x"]), _PATHS)
@example("/", "/x")
@example("/home/alice/", "//x")
def test_every_home_folder_is_expanded_as_by_python(monkeypatch: pytest.MonkeyPatch, home: str, path: str) -> None:
    """Among them are the root folder, a trailing slash and a relative path."""
    monkeypatch.setenv("HOME", home)
    for start in ("~", "~/"):
        expanded = paths.expand(start + path, {"HOME": home}, "/work")
        assert expanded.replace("//", "/") == absolute_path(start + path)


@pytest.mark.parametrize(
    ("path", "expected"),
    [("", "/work"), (".", "/work"), ("x", "/work/x"), ("../x", "/x"), ("/a/./b/", "/a/b"), ("a~", "/work/a~")],
)
def test_relative_path_is_below_the_folder_of_the_command(path: str, expected: str) -> None:
    """The folder is passed in; this process may have another one."""
    assert paths.expand(path, {}, "/work") == expected


@pytest.mark.parametrize(("home", "expected"), [("/", "/x"), ("/home/alice/", "/home/alice/x")])
def test_home_folder_that_ends_in_a_slash_leaves_no_double_slash(home: str, expected: str) -> None:
    """A path that is compared as text has one spelling only."""
    assert paths.expand("~/x", {"HOME": home}, "/work") == expected


@pytest.mark.parametrize("environ", [{}, {"HOME": ""}])
def test_home_folder_without_home_comes_from_the_user_database(environ: dict[str, str]) -> None:
    """The HOME of this process is not used, and an empty one counts as unset."""
    assert os.environ["HOME"] != RECORDED_HOME
    assert paths.home_folder(environ, "/work") == RECORDED_HOME
    assert paths.expand("~/x", environ, "/work") == f"{RECORDED_HOME}/x"


@pytest.mark.parametrize("data_home", [None, "", "/data", "/data/", "relative", "~/data", " ", " /data", "/with space"])
@pytest.mark.parametrize("end", ["", "/"])
def test_data_folder_is_the_one_of_platformdirs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data_home: str | None, end: str
) -> None:
    """For every value of XDG_DATA_HOME, and without it; a relative one counts as unset."""
    monkeypatch.setenv("HOME", f"{tmp_path}{end}")
    if data_home is not None:
        monkeypatch.setenv("XDG_DATA_HOME", data_home)
    expected = platformdirs.user_data_dir("shellvault", appauthor=False)
    assert paths.data_folder(dict(os.environ), "/elsewhere") == expected


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [("~/vault", "/home/alice/vault"), ("~", "/home/alice"), ("/a/../b", "/b"), ("here", "/work/here")],
)
def test_chosen_data_folder_is_made_absolute(chosen: str, expected: str) -> None:
    """A program that changes its folder finds the same vault."""
    environ = {"HOME": "/home/alice", "SHELLVAULT_HOME": chosen, "XDG_DATA_HOME": "/elsewhere"}
    assert paths.data_folder(environ, "/work") == expected


def test_empty_choice_of_the_data_folder_means_the_default() -> None:
    """SHELLVAULT_HOME= counts as unset."""
    environ = {"HOME": "/home/alice", "SHELLVAULT_HOME": ""}
    assert paths.data_folder(environ, "/work") == "/home/alice/.local/share/shellvault"


def test_data_folder_is_absolute_even_with_a_relative_home() -> None:
    """HOME is then taken as relative to the folder of the command."""
    assert paths.data_folder({"HOME": "alice"}, "/work") == "/work/alice/.local/share/shellvault"
