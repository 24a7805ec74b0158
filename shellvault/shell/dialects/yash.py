"""The dialect of yash: POSIX's, for text only."""

from __future__ import annotations

from shellvault.shell.dialects import posix, refuse_invalid_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from shellvault.core.record import Secret


def render(changes: Mapping[str, str | None], /) -> Secret:
    """Return one group command that makes all changes, or makes none and fails.

    yash keeps strings as wide characters. At bytes that are no character of its locale it stops reading, so it sees a
    group without an end, and the evaluation fails. Bytes that are no character anywhere are refused here.
    """
    refuse_invalid_text(changes, "yash")
    return posix.render(changes)
