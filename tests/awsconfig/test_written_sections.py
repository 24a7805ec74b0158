"""Sections that a command wrote: taken out without a trace, and a change of one is noticed."""

from __future__ import annotations

import pytest

from shellvault.awsconfig.config_editor import ProfileChange
from shellvault.awsconfig.document import append_profiles
from shellvault.awsconfig.reader import Config
from shellvault.awsconfig.written_sections import find_sections, remove_sections
from shellvault.core.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

ADDED = {"a": {"sso_session": "corp", "region": "x"}, "two words": {"sso_session": "corp"}}
SECTION = "[profile a]\nsso_session = corp\nregion = x\n"


@pytest.mark.parametrize(
    "before",
    [
        "",
        "# mine\n",
        "[default]\nregion = x\n",
        "[profile b]\r\nregion = x\r\n",
        "[DEFAULT]\nregion = y\n\n\n[profile ab]\nkey =\n  inner = 1\n# last\n",
    ],
)
@pytest.mark.parametrize("below", ["", "# next\n[profile c]\n", "\n[profile 'c d']\ns3 =\n  a = b"])
def test_what_is_added_and_removed_leaves_no_trace(before: str, below: str) -> None:
    """Whatever is above, and whatever is added below meanwhile."""
    text = append_profiles(before, ADDED) + below
    sections = find_sections(text)
    after, lines = remove_sections(text, [sections[name] for name in ADDED])
    assert after == before + below
    assert len(text.splitlines()) - len(after.splitlines()) == len(lines)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        (f"\n{SECTION}# below\n", True),
        ("[profile 'a']\n\n  region=x\n\n  sso_session:corp\n", True),
        ("[profile a]\nsso_session = corp\nregion = y\n", False),
        ("[profile a]\nsso_session = corp\n", False),
        (f"{SECTION}output = json\n", False),
        (f"{SECTION}  y\n", False),
        (f"{SECTION}a.b = c\n", False),
        ("[profile a]\nsso_session = corp\n# mine\nregion = x\n", False),
        (SECTION.replace("]", "] # mine"), False),
    ],
)
def test_any_change_but_white_space_and_order_is_noticed(text: str, same: bool) -> None:  # noqa: FBT001 - a table's column
    """A comment within the section counts, one above or below does not."""
    assert (find_sections(text)["a"].fingerprint == find_sections(SECTION)["a"].fingerprint) == same


def test_a_profile_with_two_headers_is_none_of_these() -> None:
    """Of two, botocore uses the last one; nobody writes two."""
    assert find_sections(f"{SECTION}[profile 'a']\n").keys() == set()


def test_a_removal_that_would_change_another_profile_is_refused() -> None:
    """Without the section, the header below would continue the setting above."""
    text = "[profile b]\nregion = x\n[profile a]\n    k = v\n  [profile c]\n"
    assert Config(text).names() == ["b", "a", "c"]
    with pytest.raises(UsageError, match="removed safely"):
        remove_sections(text, [find_sections(text)["a"]])


def test_a_section_that_changes_before_it_is_written_stays(tmp_path: Path) -> None:
    """So does one that changes while the user is asked."""
    path = tmp_path / "config"
    path.write_text(SECTION)
    fingerprint = find_sections(SECTION)["a"].fingerprint
    change = ProfileChange(str(path), {}, {"a": fingerprint})
    path.write_text(f"{SECTION}output = json\n")
    with pytest.raises(UsageError, match="modified"):
        change.write()
    with pytest.raises(UsageError, match="modified"):
        ProfileChange(str(path), {}, {"a": fingerprint})
    assert path.read_text() == f"{SECTION}output = json\n"


def test_a_diff_has_both_sides(tmp_path: Path) -> None:
    """With the numbers that patch expects, and no line around them, which may be a secret."""
    path = tmp_path / "config"
    path.write_text(f"[profile k]\naws_secret_access_key = secret\n\n{SECTION}\n[profile c]\n")
    change = ProfileChange(str(path), {"n": {"region": "y"}}, {"a": find_sections(SECTION)["a"].fingerprint})
    removed = [f"-{line}" for line in SECTION.splitlines()]
    added = ["@@ -9,0 +6,2 @@", "+[profile n]", "+region = y"]
    assert change.diff()[2:] == ["@@ -4,3 +2,0 @@", *removed, *added]
    change.write()
    assert path.read_text().endswith("secret\n\n[profile c]\n\n[profile n]\nregion = y\n")
