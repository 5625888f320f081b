"""Pictures to lines and tables: text is found, the page is turned straight, and what stands there is read.

Everything is done with the page upright: writing from top to bottom too, whose columns, turned, are lines that stand
beneath each other in the order in which they are read.
"""

from __future__ import annotations

import io
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sources.parts import Box, Dropped, Grid, Line, Part
from sources.readers.pages.lattice import Rule, Word
from sources.readers.pages.layout import lines_and_grids
from sources.readers.pictures.engine import Engine, MissingOcrError, Pixels, Quads, engine
from sources.readers.pictures.pixels import Matrix, contrast, inked, moved, rules, scaled, without_pale
from sources.readers.pictures.web_prints import without_site

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["Engine", "MissingOcrError", "Reading", "read_page", "read_picture", "recognised"]

_MOST_SIDE_PX = 3200
"""What is larger is scaled down: an A4 page at 300 dpi has 3,508, and is read as well at 250."""
_FIND_SIDE_PX = 1600
"""Text is looked for in a picture of this size, and read in the larger one."""
_TALL = 2.5
"""A large picture this many times as high as wide is a long screenshot, and looked through piece by piece."""
_LEAST_SCORE = 0.5
_SURE_SCORE = 0.85
_SAMPLES = 4
_LEAST_SKEW = 0.3
"""In degrees; less shifts the end of a line by less than its height."""
_MOST_SKEW = 40.0
_SLANT = 10.0
"""Text at this angle or more to that of the page is no line of it."""
_PALE = 0.6
_BOX_TO_TYPE = 0.85
"""How high type is, of the box that is found around it."""
_CORE = 0.6
"""What of its height a word is said to take up: boxes of neighbouring lines overlap, and gaps between columns are told
from blanks by the height of what stands there."""
_TELLING_CHARS = 4
"""So many characters show how high their type is; 一 or a comma don't."""
_LARGER = 1.15
"""Type of this size, of the ordinary one's, is that of a title."""
_TYPE_POINTS = 10.5
"""What the ordinary text of a page is taken to measure: layout knows lengths in points."""
_LEAST_PICTURE_PX = 100


@dataclass(frozen=True, slots=True)
class Reading:
    """What stands on a page that was read as a picture."""

    parts: tuple[Part, ...] = ()
    dropped: tuple[Dropped, ...] = ()


@dataclass(frozen=True, slots=True)
class _Pose:
    """How a picture was turned."""

    matrix: Matrix
    """From the picture as it was to the one that is read."""
    size: tuple[int, int]
    """Of the one that is read, width and height."""
    before: tuple[int, int]
    """Of the picture as it was."""


def read_page(image: Image, *, page: int, reader: Engine | None = None) -> list[Part]:
    """The lines and tables of a page, in reading order; [] where no text is seen. Raises MissingOcrError."""
    return list(recognised(image, page=page, reader=reader).parts)


def read_picture(raw: bytes, *, reader: Engine | None = None) -> list[str]:
    """The lines of text in a picture that stands in a document, tables row by row; [] where there is none, where it
    is too small to hold any, and where it is no picture. Raises MissingOcrError."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(raw)) as image:
            if min(image.size) < _LEAST_PICTURE_PX:
                return []
            parts = read_page(image, page=1, reader=reader)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return []
    return [text for part in parts for text in _texts(part)]


def _texts(part: Part) -> list[str]:
    if isinstance(part, Line):
        return [part.text]
    rows: dict[int, list[str]] = {}
    for cell in part.cells:
        if cell.text:
            rows.setdefault(cell.row, []).append(cell.text)
    return [" ".join(texts) for _, texts in sorted(rows.items())]


def recognised(image: Image, *, page: int, reader: Engine | None = None) -> Reading:
    """The lines and tables of a page, and what was left out: watermarks, the menus and footers of a printed web page.

    Raises MissingOcrError where no engine is given and none is installed.
    """
    reader = reader or engine()
    pixels = _pixels(image)
    quads = _found(reader, pixels)
    if not len(quads):
        return Reading()
    pose = _pose(reader, pixels, quads)
    if not np.array_equal(pose.matrix, np.eye(3)):
        pixels = moved(pixels, pose.matrix, pose.size)
        quads = _turned(quads, pose.matrix)
    slanted = _is_slanted(quads)
    words, dropped = _watermarks(reader, pixels, quads[slanted], quads[~slanted], page)
    if dropped and (clean := without_pale(pixels, quads[slanted], quads[~slanted])) is not None:
        pixels = clean
        quads = _found(reader, pixels)
        slanted = _is_slanted(quads)
    if slanted.all():
        return Reading(dropped=dropped)
    straight = quads[~slanted]
    text_height = float(np.median(_heights(straight)))
    drawn = _outside_text(rules(pixels, text_height=text_height), straight)
    pieces = _parted(straight, drawn, pixels)
    read = reader.read(pixels, pieces)
    words += [word for quad, said in zip(pieces, read, strict=True) if (word := _word(pixels, quad, *said)) is not None]
    unit = _TYPE_POINTS / (text_height * _BOX_TO_TYPE)
    width, height = pose.size
    parts = lines_and_grids(
        [Word(w.text, w.left * unit, w.top * unit, w.right * unit, w.bottom * unit) for w in words],
        [Rule(r.left * unit, r.top * unit, r.right * unit, r.bottom * unit) for r in drawn],
        page=page,
        width=width * unit,
        height=height * unit,
    )
    kept, around = without_site(_with_titles(parts))
    return Reading(tuple(_as_shown(_filled(part), pose) for part in kept), (*dropped, *around))


def _pixels(image: Image) -> Pixels:
    """The picture in blue, green and red, on white where it is transparent, and of a size that can be read."""
    share = min(1.0, _MOST_SIDE_PX / (min if _is_tall(*image.size) else max)(image.size))
    if image.mode in {"I", "I;16", "F"}:
        image = image.point(lambda value: value / 256).convert("L") if image.mode != "F" else image.convert("L")
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        from PIL import Image as Images

        image = image.convert("RGBA")
        image = Images.alpha_composite(Images.new("RGBA", image.size, "white"), image)
    pixels = np.asarray(image.convert("RGB"), np.uint8)
    return scaled(np.ascontiguousarray(pixels[:, :, ::-1]), share)


def _is_tall(width: int, height: int) -> bool:
    return height > _MOST_SIDE_PX and height > _TALL * width


def _found(reader: Engine, pixels: Pixels) -> Quads:
    height, width = pixels.shape[:2]
    if not _is_tall(width, height):
        share = min(1.0, _FIND_SIDE_PX / max(width, height))
        return np.asarray(reader.find(scaled(pixels, share)) / share, np.float32)
    # Pieces that overlap; of each, what has its middle nearer to it than to the next.
    step, overlap = int(width * 1.5), int(width * 0.2)
    share = min(1.0, _FIND_SIDE_PX / (step + overlap))
    found = [np.zeros((0, 4, 2), np.float32)]
    for top in range(0, height, step):
        piece = pixels[max(0, top - overlap) : top + step + overlap]
        quads = np.asarray(reader.find(scaled(piece, share)) / share, np.float32)
        quads[:, :, 1] += max(0, top - overlap)
        middles = quads[:, :, 1].mean(axis=1)
        found.append(quads[(middles >= top) & (middles < top + step)])
    return np.concatenate(found)


def _lengths(quads: Quads) -> NDArray[np.float32]:
    """Of the upper sides."""
    return np.asarray(np.linalg.norm(quads[:, 1] - quads[:, 0], axis=1), np.float32)


def _heights(quads: Quads) -> NDArray[np.float32]:
    return np.asarray(np.linalg.norm(quads[:, 3] - quads[:, 0], axis=1), np.float32)


def _angles(quads: Quads) -> NDArray[np.float64]:
    """Of the longer sides, in degrees from level; what is about as high as wide has none: 0."""
    sides = quads[:, 1] - quads[:, 0]
    angles = np.degrees(np.arctan2(sides[:, 1], sides[:, 0]))
    return np.where(_lengths(quads) > 1.5 * _heights(quads), angles, 0.0)


def _is_slanted(quads: Quads) -> NDArray[np.bool_]:
    """Which stand aslant on a page that isn't written so."""
    slanted = np.asarray(np.abs(_angles(quads)) >= _SLANT)
    return slanted & bool(_lengths(quads[~slanted]).sum() > _lengths(quads[slanted]).sum() / 4)


def _outside_text(drawn: Sequence[Rule], quads: Quads) -> list[Rule]:
    """The rules without the strokes of large letters: most of a rule, and each of its ends, lies clear of text."""
    sides = _sides(quads)
    found = []
    for rule in drawn:
        upright = rule.left == rule.right
        at, begin, end = (rule.left, rule.top, rule.bottom) if upright else (rule.top, rule.left, rule.right)
        across, along = (sides[:, [0, 2]], sides[:, [1, 3]]) if upright else (sides[:, [1, 3]], sides[:, [0, 2]])
        over = along[(across[:, 0] < at) & (at < across[:, 1]) & (along[:, 0] < end) & (along[:, 1] > begin)]
        covered = np.minimum(over[:, 1], end) - np.maximum(over[:, 0], begin)
        if covered.sum() * 2 >= end - begin:
            continue
        begin = float(max([begin, *over[(over[:, 0] < begin)][:, 1]]))
        end = float(min([end, *over[(over[:, 1] > end)][:, 0]]))
        found.append(Rule(at, begin, at, end) if upright else Rule(begin, at, end, at))
    return found


def _pose(reader: Engine, pixels: Pixels, quads: Quads) -> _Pose:
    """How the picture has to be turned for its lines to stand upright and level."""
    height, width = pixels.shape[:2]
    pose = _Pose(np.eye(3), (width, height), (width, height))
    lengths, heights = _lengths(quads), _heights(quads)
    longer = np.maximum(lengths, heights)
    upright = heights > 1.5 * lengths
    if longer[upright].sum() > longer[~upright].sum():
        pose = replace(pose, matrix=np.array([[0.0, 1, 0], [-1, 0, width], [0, 0, 1]]), size=(height, width))
    now = _turned(quads, pose.matrix)
    if _is_upside_down(reader, pixels, now, pose):
        half = np.array([[-1.0, 0, pose.size[0]], [0, -1, pose.size[1]], [0, 0, 1]])
        pose = replace(pose, matrix=half @ pose.matrix)
        now = _turned(quads, pose.matrix)
    lines = now[_lengths(now) > 3 * _heights(now)]
    if not len(lines):
        return pose
    skew = _middle(_angles(lines), _lengths(lines))
    if not _LEAST_SKEW <= abs(skew) <= _MOST_SKEW:
        return pose
    return _levelled(pose, skew)


def _is_upside_down(reader: Engine, pixels: Pixels, quads: Quads, pose: _Pose) -> bool:
    """Are the longest lines read better the other way round? Only asked where they aren't read well as they are."""
    longest = quads[np.argsort(-_lengths(quads))[:_SAMPLES]]
    image = pixels if np.array_equal(pose.matrix, np.eye(3)) else moved(pixels, pose.matrix, pose.size)
    score = np.mean([score for _, score in reader.read(image, longest)])
    if score >= _SURE_SCORE:
        return False
    return bool(np.mean([score for _, score in reader.read(image, np.roll(longest, 2, axis=1))]) > score)


def _middle(values: NDArray[np.float64], weights: NDArray[np.float32]) -> float:
    """The median, weighted."""
    order = np.argsort(values)
    return float(values[order][np.searchsorted(np.cumsum(weights[order]), weights.sum() / 2)])


def _levelled(pose: _Pose, degrees: float) -> _Pose:
    """Turned further, about the middle, with all of the picture kept."""
    width, height = pose.size
    angle = np.radians(degrees)
    cos, sin = float(np.cos(angle)), float(np.sin(angle))
    new = (round(width * cos + height * abs(sin)), round(width * abs(sin) + height * cos))
    turn = np.array([[cos, sin, 0], [-sin, cos, 0], [0, 0, 1.0]])
    turn[:2, 2] = np.array(new) / 2 - turn[:2, :2] @ (np.array([width, height]) / 2)
    return replace(pose, matrix=turn @ pose.matrix, size=new)


def _turned(quads: Quads, matrix: Matrix) -> Quads:
    """The corners in the turned picture, again from the top left."""
    points = quads @ matrix[:2, :2].T + matrix[:2, 2]
    first = points.sum(axis=2).argmin(axis=1)
    order = (first[:, None] + np.arange(4)) % 4
    return np.asarray(np.take_along_axis(points, order[:, :, None], axis=1), np.float32)


def _sides(quads: Quads) -> NDArray[np.float32]:
    """(n, 4): left, top, right, bottom."""
    return np.concatenate([quads.min(axis=1), quads.max(axis=1)], axis=1)


def _parted(quads: Quads, drawn: Sequence[Rule], pixels: Pixels) -> Quads:
    """The pieces of lines, cut where a rule crosses them, and where others show a gap that was taken for a blank."""
    sides = _sides(quads)
    upright = np.array([(r.left, r.top, r.bottom) for r in drawn if r.left == r.right], np.float32).reshape(-1, 3)
    found = []
    for quad, box in zip(quads, sides, strict=True):
        left, top, right, bottom = (float(value) for value in box)
        size = bottom - top
        if right - left < 1.5 * size:
            found.append(quad)
            continue
        middle = (top + bottom) / 2
        crossing = upright[(upright[:, 1] <= middle) & (upright[:, 2] >= middle)][:, 0]
        cuts = [(float(x), float(x)) for x in crossing if left + size / 3 < x < right - size / 3]
        if not cuts:
            gap = _gap(box, sides)
            if gap and not inked(pixels, (left, top, right, bottom))[int(gap[0] - left) : int(gap[1] - left)].any():
                cuts = [gap]
        found += _cut(quad, sorted(cuts), left, right)
    return np.asarray(found, np.float32).reshape(-1, 4, 2)


def _gap(box: NDArray[np.float32], sides: NDArray[np.float32]) -> tuple[float, float] | None:
    """Where in the box nothing stands above and below it, between two columns of at least three pieces each."""
    left, top, right, bottom = (float(value) for value in box)
    size = bottom - top
    middles = (sides[:, 1] + sides[:, 3]) / 2
    near = (np.abs(middles - (top + bottom) / 2) < 12 * size) & (sides[:, 2] > left) & (sides[:, 0] < right)
    near &= (sides != box).any(axis=1)
    others = sides[near]
    others = others[np.argsort(others[:, 0])]
    if len(others) < 6:
        return None
    begins, ends = others[:, 0], np.maximum.accumulate(others[:, 2])
    widths = begins[1:] - ends[:-1]
    for at in np.argsort(-widths):
        start, end = float(ends[at]), float(begins[at + 1])
        if end - start < 0.3 * size:
            return None
        if at + 1 >= 3 and len(others) - at - 1 >= 3 and left + size < start and end < right - size:
            return start, end
    return None


def _cut(
    quad: NDArray[np.float32], cuts: Sequence[tuple[float, float]], left: float, right: float
) -> list[NDArray[np.float32]]:
    """The pieces of the quad without what lies between the two x of each cut."""
    sides = [left, *(x for cut in cuts for x in cut), right]
    shares = [(side - left) / (right - left) for side in sides]
    top, bottom = quad[1] - quad[0], quad[2] - quad[3]
    return [
        np.array([quad[0] + a * top, quad[0] + b * top, quad[3] + b * bottom, quad[3] + a * bottom], np.float32)
        for a, b in zip(shares[::2], shares[1::2], strict=True)
    ]


def _word(pixels: Pixels, quad: NDArray[np.float32], text: str, score: float) -> Word | None:
    if not text or score < _LEAST_SCORE:
        return None
    left, top = (float(value) for value in quad.min(axis=0))
    right, bottom = (float(value) for value in quad.max(axis=0))
    most = (bottom - top) / 2
    ink = np.flatnonzero(inked(pixels, (left, top, right, bottom)))
    if len(ink) and right - left > bottom - top:
        left, right = left + min(float(ink[0]), most), right - min(max(right - left - float(ink[-1]), 0.0), most)
    height, middle = bottom - top, (top + bottom) / 2
    if len(text) >= _TELLING_CHARS and len(ink := np.flatnonzero(inked(pixels, (left, top, right, bottom), rows=True))):
        height = min(height, float(ink[-1] - ink[0] + 1) / _BOX_TO_TYPE)
    return Word(text, left, middle - height * _CORE / 2, right, middle + height * _CORE / 2)


def _watermarks(
    reader: Engine, pixels: Pixels, slanted: Quads, straight: Quads, page: int
) -> tuple[list[Word], tuple[Dropped, ...]]:
    """Of what stands aslant, what is part of the page, and what is printed across it: pale, or the same many times."""
    if not len(slanted) or not len(straight):
        return [], ()
    usual = float(np.median([contrast(pixels, quad) for quad in straight]))
    read = reader.read(pixels, slanted)
    times = {text: sum(text == other for other, _ in read) for text, _ in read}
    kept: list[Word] = []
    dropped: list[Dropped] = []
    for quad, (text, score) in zip(slanted, read, strict=True):
        word = _word(pixels, quad, text, score)
        if times[text] > 1 or contrast(pixels, quad) < _PALE * usual:
            dropped += [Dropped(text, "水印", page)] if text else []
        elif word is not None:
            kept.append(word)
    return kept, tuple(dropped)


def _with_titles(parts: Sequence[Part]) -> list[Part]:
    """The parts, with lines in one larger type right beneath each other as one paragraph that joins no other."""
    lines = [(part.box.bottom - part.box.top, len(part.text)) for part in parts if isinstance(part, Line) and part.box]
    if not lines:
        return list(parts)
    ordinary = _middle(np.array([h for h, _ in lines]), np.array([count for _, count in lines], np.float32))
    found: list[Part] = []
    for part in parts:
        box = part.box if isinstance(part, Line) else None
        if not isinstance(part, Line) or box is None or box.bottom - box.top < _LARGER * ordinary or "。" in part.text:
            found.append(part)
            continue
        above = found[-1] if found else None
        if isinstance(above, Line) and above.whole and above.box and _goes_on(above, part):
            both = Box(
                box.page, min(above.box.left, box.left), above.box.top, max(above.box.right, box.right), box.bottom
            )
            found[-1] = replace(above, text=above.text + part.text, box=both)
        else:
            found.append(replace(part, whole=True))
    return found


def _goes_on(above: Line, below: Line) -> bool:
    if above.box is None or below.box is None:
        return False
    height = below.box.bottom - below.box.top
    return 0 <= below.box.top - above.box.bottom < 2.5 * height and above.box.left < below.box.right


def _filled(part: Part) -> Part:
    """A grid without the rows and columns in which no text begins: double rules, margins, columns of pictures."""
    if isinstance(part, Line):
        return part
    cells = [cell for cell in part.cells if cell.text]
    rows, columns = sorted({cell.row for cell in cells}), sorted({cell.column for cell in cells})
    kept = tuple(
        replace(
            cell,
            row=(row := bisect_left(rows, cell.row)),
            column=(column := bisect_left(columns, cell.column)),
            rows=max(1, bisect_left(rows, cell.row + cell.rows) - row),
            columns=max(1, bisect_left(columns, cell.column + cell.columns) - column),
        )
        for cell in cells
    )
    return replace(part, cells=kept)


def _as_shown(part: Part, pose: _Pose) -> Part:
    """The part with its boxes on the page as it is shown, not as it was turned."""
    if isinstance(part, Grid):
        return replace(part, cells=tuple(replace(c, box=_box_as_shown(c.box, pose)) for c in part.cells))
    return replace(part, box=_box_as_shown(part.box, pose))


def _box_as_shown(box: Box | None, pose: _Pose) -> Box | None:
    if box is None or np.array_equal(pose.matrix, np.eye(3)):
        return box
    back = np.linalg.inv(pose.matrix)
    corners = np.array([(x, y) for x in (box.left, box.right) for y in (box.top, box.bottom)]) * np.array(pose.size)
    points = corners @ back[:2, :2].T + back[:2, 2]
    left, top = points.min(axis=0) / pose.before
    right, bottom = points.max(axis=0) / pose.before
    return Box(box.page, *(round(min(max(float(side), 0.0), 1.0), 5) for side in (left, top, right, bottom)))
