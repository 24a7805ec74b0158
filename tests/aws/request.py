"""An HTTP request as received, byte for byte as far as signatures are concerned."""

from __future__ import annotations

from shellvault.core.record import Record


class Request(Record):
    """A request, with `path` and `query` percent-encoded and `headers` in the order and spelling received."""

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def values(self, name: str) -> tuple[str, ...]:
        """Return all values of a header."""
        return tuple(value for known, value in self.headers if known.lower() == name)

    def header(self, name: str) -> str:
        """Return the single value of a header, or the empty string if there is none or more than one."""
        values = self.values(name)
        return values[0] if len(values) == 1 else ""
