"""Charts of Word and PowerPoint to grids: the values that they are drawn from, which the file keeps"""

from __future__ import annotations

from typing import Any

from sources.parts import Grid, GridCell

_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_MOST_POINTS = 10_000
"""Of one series; more is no chart that people read values off."""


def chart_grid(root: Any, *, page: int | None = None) -> Grid | None:
    """A row for each category and a column for each series of the chart; None where it keeps no values.

    `root` is the c:chartSpace element.
    """
    series = [each for each in root.iter(f"{_C}ser") if _points(each, "val", "yVal")]
    if not series:
        return None
    names = [_name(each) or f"系列{number}" for number, each in enumerate(series, 1)]
    labels: dict[int, str] = {}
    for each in series:
        for at, label in _points(each, "cat", "xVal").items():
            labels.setdefault(at, label)
    columns = [_points(each, "val", "yVal") for each in series]
    rows = sorted({at for column in columns for at in column})
    cells = [GridCell(0, 0, "类别", heads=True)]
    cells += [GridCell(0, column, name, heads=True) for column, name in enumerate(names, 1)]
    for row, at in enumerate(rows, 1):
        cells.append(GridCell(row, 0, labels.get(at, str(at + 1))))
        cells += [GridCell(row, column, values[at]) for column, values in enumerate(columns, 1) if at in values]
    return Grid(tuple(cells), caption=_title(root), page=page)


def _points(series: Any, *names: str) -> dict[int, str]:
    """The values of a series by their place, as the file last calculated them, shortened where floats trail off."""
    for name in names:
        found = series.find(_C + name)
        if found is None:
            continue
        levels = list(found.iter(f"{_C}lvl"))
        points: dict[int, str] = {}
        for level in reversed(levels or [found]):  # from the outermost: 2024年 一季度
            last = ""
            own = {
                int(point.get("idx")): point.findtext(f"{_C}v", "")
                for point in level.iter(f"{_C}pt")
                if point.get("idx", "").isdecimal()
            }
            places = sorted(set(points) | set(own))[:_MOST_POINTS] if levels else list(own)[:_MOST_POINTS]
            for at in places:
                last = own.get(at, last)
                points[at] = f"{points.get(at, '')} {last}".strip() if levels else _short(last)
        return points
    return {}


def _short(number: str) -> str:
    """0.30000000000000004 as 0.3; whatever is no such number as it is."""
    try:
        return f"{float(number):.12g}" if "." in number and len(number) > 12 else number
    except ValueError:
        return number


def _name(series: Any) -> str:
    found = series.find(f"{_C}tx")
    return "" if found is None else " ".join(value.text or "" for value in found.iter(f"{_C}v")).strip()


def _title(root: Any) -> str:
    found = root.find(f"{_C}chart/{_C}title")
    return "" if found is None else "".join(text.text or "" for text in found.iter(f"{_A}t")).strip()
