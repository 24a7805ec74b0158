"""Frozen, slotted value classes without the import cost of `dataclasses`.

The standard module loads `inspect` and `re`, more than the whole warm path may cost (docs/decisions/0002).
Type checkers see a frozen dataclass; at run time a class is its annotations, in order.
"""

from __future__ import annotations

TYPE_CHECKING = False  # `typing` is not loaded at run time; mypy takes this name as true
if TYPE_CHECKING:
    from typing import Any, ClassVar, Self, dataclass_transform
else:

    def dataclass_transform(**_kinds: object) -> object:
        """Do nothing: the decorator speaks to type checkers only."""
        return lambda cls: cls


class _RecordMeta(type):
    """Turns a class's annotations into its slots, fields and defaults."""

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> _RecordMeta:
        annotations: dict[str, str] = namespace.get("__annotations__", {})
        own = tuple([field for field, kind in annotations.items() if not kind.startswith("ClassVar")])
        defaults = {field: namespace.pop(field) for field in own if field in namespace}
        tails: dict[int, tuple[Any, ...]] = {len(own): ()}
        for given in range(len(own) - 1, -1, -1):
            if own[given] not in defaults:
                break
            tails[given] = (defaults[own[given]], *tails[given + 1])
        namespace.update(__slots__=own, _fields=own, _defaults=defaults, _tails=tails)
        return super().__new__(mcs, name, bases, namespace)


_set = object.__setattr__


@dataclass_transform(frozen_default=True)
class Record(metaclass=_RecordMeta):
    """A value: built whole, equal by its fields, never changed. Subclasses of subclasses are not supported."""

    _fields: ClassVar[tuple[str, ...]]
    _defaults: ClassVar[dict[str, Any]]
    _tails: ClassVar[dict[int, tuple[Any, ...]]]
    """How many fields are given by position -> the defaults of the others, if all of them have one."""

    def __init__(self, *values: Any, **named: Any) -> None:
        fields = self._fields
        if not named and (tail := self._tails.get(len(values))) is not None:
            values += tail
        else:
            given = dict(zip(fields, values, strict=False)) | named
            complete = self._defaults | given
            if len(values) + len(named) != len(given) or complete.keys() != set(fields):
                raise TypeError(f"{type(self).__name__} takes {', '.join(fields)}, each once")
            fields, values = tuple(complete), tuple(complete.values())
        for field, value in zip(fields, values):  # noqa: B905 - checked above, and this is on every path
            _set(self, field, value)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__}.{name} cannot be changed; build another with replace()")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__}.{name} cannot be deleted")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Record) and type(other) is type(self) and self._values() == other._values()

    def __hash__(self) -> int:
        return hash((type(self).__name__, self._values()))

    def __repr__(self) -> str:
        pairs = zip(self._fields, self._values(), strict=True)
        return f"{type(self).__name__}({', '.join(f'{field}={value!r}' for field, value in pairs)})"

    def replace(self, **changes: Any) -> Self:
        """Return a copy with some fields changed."""
        return type(self)(**dict(zip(self._fields, self._values(), strict=True)) | changes)

    def _values(self) -> tuple[object, ...]:
        return tuple(getattr(self, field) for field in self._fields)


class Secret(str):
    """A string that never shows itself in a repr, and so in no traceback, log or assertion message."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret('…')"


class Unexported(Secret):
    """A value for a shell variable that no program inherits."""

    __slots__ = ()


class FromVariable(str):
    """The name of such a variable, in place of its value; a shell without that variable sets nothing."""

    __slots__ = ()
