"""Plots as inline SVG: no script, no font, no network, and they print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

COLOURS = ("#1f6feb", "#d1651a", "#2a9d50", "#8e44ad", "#b5344b", "#6b7280", "#0f8b8d", "#a07a00")
_WIDTH, _HEIGHT = 460, 250
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 12, 12, 40
_PLOT_W, _PLOT_H = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
Points = Sequence[tuple[float, float]]


def bars(rows: Sequence[tuple[str, float, float, float]], *, title: str) -> str:
    """Horizontal bars from 0 to 1 with intervals: (label, value, low, high)."""
    step, left = 26, 120
    height = _TOP + step * len(rows) + 26
    width = _WIDTH - left - 60
    parts = []
    for number, (label, value, low, high) in enumerate(rows):
        y, colour = _TOP + number * step, COLOURS[number % len(COLOURS)]
        middle = y + step / 2 - 3
        parts.append(
            f'<text x="{left - 6}" y="{middle + 4:.1f}" text-anchor="end">{escape(label)}</text>'
            f'<rect x="{left}" y="{y}" width="{value * width:.1f}" height="{step - 8}" fill="{colour}" opacity=".8"/>'
            f'<path d="M{left + low * width:.1f} {middle:.1f}H{left + high * width:.1f}" stroke="currentColor"/>'
            f'<text x="{left + width + 6}" y="{middle + 4:.1f}">{value:.3f}</text>'
        )
    for tick in (0, 0.25, 0.5, 0.75, 1):
        x = left + tick * width
        parts.append(f'<text x="{x:.1f}" y="{height - 6}" text-anchor="middle" class="tick">{tick:g}</text>')
    return _svg("".join(parts), width=_WIDTH, height=height, title=title)


def curves(
    lines: Mapping[str, Points],
    *,
    title: str,
    x_label: str,
    y_label: str,
    x_max: float = 1.0,
    diagonal: bool = False,
    dots: bool = False,
) -> str:
    """Lines over x from 0 to `x_max` and y from 0 to 1, one a system; `diagonal` draws a reliability curve's ideal."""
    parts = []
    for tick in (0, 0.25, 0.5, 0.75, 1):
        x, y = _at(tick * x_max, tick, x_max)
        parts.append(
            f'<path d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}" class="grid"/>'
            f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end" class="tick">{tick:g}</text>'
            f'<text x="{x:.1f}" y="{_HEIGHT - 24}" text-anchor="middle" class="tick">{tick * x_max:.3g}</text>'
        )
    if diagonal:
        (x0, y0), (x1, y1) = _at(0, 0, x_max), _at(x_max, 1, x_max)
        parts.append(f'<path d="M{x0} {y0}L{x1} {y1}" class="ideal"/>')
    for number, (name, points) in enumerate(lines.items()):
        colour = COLOURS[number % len(COLOURS)]
        places = [_at(x, y, x_max) for x, y in points]
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
        parts.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        if dots:
            parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in places]
        parts.append(f'<text x="{_LEFT + 8}" y="{_TOP + 12 + 14 * number}" fill="{colour}">{escape(name)}</text>')
    parts.append(
        f'<text x="{_LEFT + _PLOT_W / 2}" y="{_HEIGHT - 6}" text-anchor="middle">{escape(x_label)}</text>'
        f'<text transform="translate(11 {_TOP + _PLOT_H / 2}) rotate(-90)" text-anchor="middle">'
        f"{escape(y_label)}</text>"
    )
    return _svg("".join(parts), width=_WIDTH, height=_HEIGHT, title=title)


def _at(x: float, y: float, x_max: float) -> tuple[float, float]:
    share = min(x / x_max, 1.0) if x_max else 0.0
    return _LEFT + share * _PLOT_W, _TOP + (1 - y) * _PLOT_H


def _svg(body: str, *, width: int, height: int, title: str) -> str:
    return (
        f"<figure><figcaption>{escape(title)}</figcaption>"
        f'<svg viewBox="0 0 {width} {height}" width="{width}" role="img" aria-label="{escape(title)}">'
        f"{body}</svg></figure>"
    )
