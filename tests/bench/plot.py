"""Draws ratios as horizontal bars on a logarithmic scale, in SVG."""

from __future__ import annotations

from html import escape
from math import log
from typing import TYPE_CHECKING

from tests.bench.measurement import WITH, WITHOUT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.bench.measurement import Measurement

_COLORS = {WITH: "#2e7d5b", WITHOUT: "#8a94a6"}
_LEFT, _WIDTH, _RIGHT, _BAR, _GAP, _TOP = 330, 480, 90, 13, 9, 52
_LEAST, _MOST = 0.25, 64.0
_TICKS = (1, 2, 4, 8, 16, 32, 64)
_STYLE = "text{font:12px system-ui,sans-serif;fill:#333}.end{text-anchor:end}.mid{text-anchor:middle}"


def draw(measurements: Sequence[Measurement]) -> str:
    """Return a plot of those measurements that are ratios."""
    ratios = [each for each in measurements if not each.unit]
    rows = {each.title: [other for other in ratios if other.title == each.title] for each in ratios}
    height = _TOP + sum(len(bars) * _BAR + _GAP for bars in rows.values())
    width = _LEFT + _WIDTH + _RIGHT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
        f"<title>Time relative to an empty Python, with and without agent</title><style>{_STYLE}</style>",
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        *_draw_legend(),
        *_draw_scale(height),
        *_draw_rows(rows),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _draw_legend() -> Iterator[str]:
    for at, (name, color) in enumerate(_COLORS.items()):
        x = _LEFT + at * 130
        yield f'<rect x="{x}" y="8" width="12" height="12" fill="{color}"/><text x="{x + 18}" y="18">{name}</text>'
    yield f'<text class="end" x="{_LEFT + _WIDTH + _RIGHT - 10}" y="18">1 is python -c pass; log scale</text>'


def _draw_scale(height: int) -> Iterator[str]:
    for tick in _TICKS:
        x = _find_x(tick)
        color = "#c0392b" if tick == 1 else "#e3e6ea"
        yield f'<line x1="{x:.0f}" x2="{x:.0f}" y1="{_TOP - 8}" y2="{height}" stroke="{color}"/>'
        yield f'<text class="mid" x="{x:.0f}" y="{_TOP - 12}">{tick}</text>'


def _draw_rows(rows: dict[str, list[Measurement]]) -> Iterator[str]:
    y = _TOP
    for title, bars in rows.items():
        middle = y + len(bars) * _BAR / 2 + 4
        yield f'<text class="end" x="{_LEFT - 8}" y="{middle:.0f}">{escape(title.partition(": `")[0])}</text>'
        for bar in bars:
            x = _find_x(bar.value)
            width, color = x - _LEFT, _COLORS[bar.column]
            yield f'<rect x="{_LEFT}" y="{y}" width="{width:.0f}" height="{_BAR - 2}" fill="{color}"/>'
            yield f'<text x="{x + 4:.0f}" y="{y + _BAR - 3}">{bar.value:.2f}</text>'
            y += _BAR
        y += _GAP


def _find_x(value: float) -> float:
    """Return the x coordinate of a ratio."""
    bounded = min(max(value, _LEAST), _MOST)
    return _LEFT + _WIDTH * log(bounded / _LEAST) / log(_MOST / _LEAST)
