"""One HTTP request as it arrived, byte for byte as far as a signature can tell. Nothing is interpreted here."""

from __future__ import annotations

from shellvault.core.record import Record


class Request(Record):
    """A request; `path` and `query` still percent-encoded, `headers` in the order and spelling of arrival."""

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def values(self, name: str) -> tuple[str, ...]:
        """Return every value of a header."""
        return tuple(value for known, value in self.headers if known.lower() == name)

    def header(self, name: str) -> str:
        """Return the only value of a header, or the empty string for none or several."""
        values = self.values(name)
        return values[0] if len(values) == 1 else ""
