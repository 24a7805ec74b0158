"""Records are immutable values that hide their secrets."""

from __future__ import annotations

import pickle

import pytest

from shellvault.awsconfig.reader import Config
from shellvault.core.chain.links import StoredKey
from shellvault.core.model import KeyPair, Profile, Session, digest
from shellvault.core.record import Record, Secret

SECRET = "wJalrXUtnFEMI"


class Point(Record):
    """A record with a default."""

    x: int
    y: int = 0


def test_fields_are_given_by_position_or_by_name() -> None:
    """An omitted field gets its default."""
    assert Point(1, 2) == Point(x=1, y=2) == Point(1, y=2)
    assert (Point(1).x, Point(1).y) == (1, 0)
    assert repr(Point(1)) == "Point(x=1, y=0)"


@pytest.mark.parametrize(("positional", "named"), [((), {}), ((1, 2, 3), {}), ((1,), {"x": 2}), ((1,), {"z": 2})])
def test_other_arguments_raise_type_error(positional: tuple[int, ...], named: dict[str, int]) -> None:
    """Too few, too many, duplicate and unknown arguments are bugs of the caller."""
    with pytest.raises(TypeError, match=r"Point (takes x, y, each once|needs x)"):
        Point(*positional, **named)


def test_records_are_immutable() -> None:
    """No attribute can be set, deleted or added; `replace` returns another record."""
    point = Point(1)
    for name in ("x", "z"):
        with pytest.raises(AttributeError, match=r"build another with replace"):
            setattr(point, name, 2)
    with pytest.raises(AttributeError, match="cannot be deleted"):
        del point.x
    assert (point.replace(y=5), point) == (Point(1, 5), Point(1))


def test_records_of_one_class_with_equal_fields_are_equal() -> None:
    """They have the same hash, so they can be keys of a dictionary."""
    assert Point(1) != StoredKey("1", "0")
    assert len({Point(1), Point(1, 0), Point(1, 1)}) == 2
    assert Point(1) != (1, 0)


def test_repr_never_shows_a_secret() -> None:
    """Neither alone, nor in a record, nor in a container of records."""
    session = Session("ASIA", Secret(SECRET), Secret(SECRET), 2, 1)
    shown = repr([Secret(SECRET), KeyPair("AKIA", Secret(SECRET)), {"held": session}, (session,)])
    assert SECRET not in shown
    assert shown.count("Secret('…')") == 6
    assert SECRET not in f"{session!r}{session}{KeyPair('AKIA', Secret(SECRET))}"


def test_secret_is_a_string() -> None:
    """It can be sent, compared and stored like any other string."""
    assert Secret(SECRET) == SECRET
    assert str(Secret(SECRET)) == f"{Secret(SECRET)}" == SECRET
    assert pickle.loads(pickle.dumps(Secret(SECRET))) == SECRET  # noqa: S301 - pickled in this line


def test_digest_depends_on_where_its_parts_end() -> None:
    """It covers the length of each part."""
    texts = [("ab", "c"), ("a", "bc"), ("abc",), ("abc", ""), ("", "abc"), ("1:a",), ("a:1", ""), ()]
    assert len({digest(*parts) for parts in texts}) == len(texts)


@pytest.mark.parametrize(
    ("lifetime", "margin"), [(3600, 900), (43200, 900), (3601, 900), (900, 225), (60, 15), (3, 0), (0, 0), (-5, 0)]
)
def test_session_is_due_15_minutes_or_a_quarter_of_its_lifetime_before_it_expires(lifetime: int, margin: int) -> None:
    """The smaller of the two counts; an expired session is due when it expired."""
    assert Session.due(1_000_000, 1_000_000 + lifetime) == 1_000_000 + lifetime - margin


def test_profile_settings_are_stripped() -> None:
    """The config file's reader strips them, so callers compare values as they are."""
    profile = Config("[profile dev]\nregion =  x \n").profile("dev")
    assert profile == Profile("dev", ("dev",), {"region": "x"})
    assert profile is not None
    assert profile.settings.get("output", "") == ""
