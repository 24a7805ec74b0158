"""Values: built whole, never changed, and silent about their secrets."""

from __future__ import annotations

import pickle

import pytest

from shellvault.core.chain.links import StoredKey
from shellvault.core.model import KeyPair, Profile, Session, digest
from shellvault.core.record import Record, Secret

SECRET = "wJalrXUtnFEMI"


class Point(Record):
    """A value with a default."""

    x: int
    y: int = 0


def test_fields_are_given_by_place_or_by_name() -> None:
    """And a default steps in for what is left out."""
    assert Point(1, 2) == Point(x=1, y=2) == Point(1, y=2)
    assert (Point(1).x, Point(1).y) == (1, 0)
    assert repr(Point(1)) == "Point(x=1, y=0)"


@pytest.mark.parametrize(("places", "names"), [((), {}), ((1, 2, 3), {}), ((1,), {"x": 2}), ((1,), {"z": 2})])
def test_anything_else_is_a_bug(places: tuple[int, ...], names: dict[str, int]) -> None:
    """Too few, too many, twice, or unknown."""
    with pytest.raises(TypeError, match=r"Point (takes x, y, each once|needs x)"):
        Point(*places, **names)


def test_nothing_is_ever_changed() -> None:
    """Neither set, nor deleted, nor added; a changed value is another one."""
    point = Point(1)
    for name in ("x", "z"):
        with pytest.raises(AttributeError, match=r"build another with replace"):
            setattr(point, name, 2)
    with pytest.raises(AttributeError, match="cannot be deleted"):
        del point.x
    assert (point.replace(y=5), point) == (Point(1, 5), Point(1))


def test_values_are_equal_by_kind_and_fields() -> None:
    """And hash alike, so that they can be keys."""
    assert Point(1) != StoredKey("1", "0")
    assert len({Point(1), Point(1, 0), Point(1, 1)}) == 2
    assert Point(1) != (1, 0)


def test_a_secret_never_shows_itself() -> None:
    """In no repr: not alone, not in a value, not in a container of values."""
    session = Session("ASIA", Secret(SECRET), Secret(SECRET), 2, 1)
    shown = repr([Secret(SECRET), KeyPair("AKIA", Secret(SECRET)), {"held": session}, (session,)])
    assert SECRET not in shown
    assert shown.count("Secret('…')") == 6
    assert SECRET not in f"{session!r}{session}{KeyPair('AKIA', Secret(SECRET))}"


def test_a_secret_is_the_text_that_it_is() -> None:
    """It can be sent, compared and stored like any text."""
    assert Secret(SECRET) == SECRET
    assert str(Secret(SECRET)) == f"{Secret(SECRET)}" == SECRET
    assert pickle.loads(pickle.dumps(Secret(SECRET))) == SECRET  # noqa: S301 - our own bytes


def test_a_digest_never_runs_two_texts_together() -> None:
    """The lengths are part of it, so no boundary can be moved."""
    texts = [("ab", "c"), ("a", "bc"), ("abc",), ("abc", ""), ("", "abc"), ("1:a",), ("a:1", ""), ()]
    assert len({digest(*parts) for parts in texts}) == len(texts)


@pytest.mark.parametrize(
    ("life", "margin"), [(3600, 900), (43200, 900), (3601, 900), (900, 225), (60, 15), (3, 0), (0, 0), (-5, 0)]
)
def test_a_session_is_due_a_quarter_of_an_hour_or_of_its_life_before_its_end(life: int, margin: int) -> None:
    """Whichever is less; one that is over already is due at its end."""
    assert Session.due(1_000_000, 1_000_000 + life) == 1_000_000 + life - margin


def test_a_setting_is_stripped_and_an_absent_one_is_empty() -> None:
    """So that callers ask one question."""
    profile = Profile("dev", ("dev",), {"region": " x "})
    assert (profile.get("region"), profile.get("output")) == ("x", "")
