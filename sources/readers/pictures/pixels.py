"""What OpenCV sees in a picture: rules, ink, contrast; and pictures moved and scaled"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sources.readers.pages.lattice import Rule
from sources.readers.pictures.engine import Pixels

Matrix = NDArray[np.float64]
"""(3, 3): takes x, y, 1 of a picture to the x, y, 1 of another."""
_FAINTEST = 8
"""How much darker than what surrounds it a rule must be, of 255: hairlines in light gray are rules too."""

_MARGIN = 20
"""Differences of light of less than this, of 255, are noise."""


def moved(image: Pixels, matrix: Matrix, size: tuple[int, int]) -> Pixels:
    """The picture taken through `matrix` onto one of `size` (width, height), white where nothing comes to stand."""
    import cv2

    out = cv2.warpAffine(image, matrix[:2], size, flags=cv2.INTER_LINEAR, borderValue=(255, 255, 255))
    return np.asarray(out, np.uint8)


def scaled(image: Pixels, share: float) -> Pixels:
    """The picture at `share` of its size; itself where that is all of it."""
    import cv2

    if share == 1:
        return image
    size = (max(1, round(image.shape[1] * share)), max(1, round(image.shape[0] * share)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA if share < 1 else cv2.INTER_CUBIC), np.uint8)


def inked(image: Pixels, box: tuple[float, float, float, float], *, rows: bool = False) -> NDArray[np.bool_]:
    """Of a stretch of text (left, top, right, bottom), in which columns of pixels there is ink, or in which rows."""
    import cv2

    left, top, right, bottom = (max(0, int(side)) for side in box)
    part = image[top : bottom + 1, left : right + 1]
    if not part.size:
        return np.zeros(0, bool)
    _, ink = cv2.threshold(cv2.cvtColor(part, cv2.COLOR_BGR2GRAY), 0, 1, cv2.THRESH_BINARY_INV + cv2.THRESH_OTSU)
    if np.count_nonzero(ink) * 2 > ink.size:  # light letters on dark ground
        ink = 1 - ink
    return np.asarray(np.count_nonzero(ink, axis=1 if rows else 0) > 1)


def contrast(image: Pixels, quad: NDArray[np.float32]) -> float:
    """How far light and dark lie apart in a stretch of text, from 0 to 255."""
    import cv2

    low = np.maximum(np.floor(quad.min(axis=0)).astype(int), 0)
    high = np.ceil(quad.max(axis=0)).astype(int)
    part = image[low[1] : high[1] + 1, low[0] : high[0] + 1]
    if not part.size:
        return 0.0
    inside = np.zeros(part.shape[:2], np.uint8)
    cv2.fillPoly(inside, [(quad - low).astype(np.int32)], 1)
    light = cv2.cvtColor(part, cv2.COLOR_BGR2GRAY)[inside == 1]
    return float(np.percentile(light, 95) - np.percentile(light, 5)) if light.size else 0.0


def without_pale(image: Pixels, pale: NDArray[np.float32], dark: NDArray[np.float32]) -> Pixels | None:
    """The picture with all that is as light as the text in `pale` made white; None where that in `dark` isn't much
    darker. Both are quads, (n, 4, 2)."""
    import cv2

    gray = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    light = [level for quad in pale if (level := _ink(gray, quad)) is not None]
    black = [level for quad in dark if (level := _ink(gray, quad)) is not None]
    if not light or not black:
        return None
    limit = float(np.median(light)) - _MARGIN
    if np.median(black) > limit - _MARGIN:
        return None
    clean = image.copy()
    clean[gray > limit] = 255
    return clean


def _ink(gray: NDArray[np.uint8], quad: NDArray[np.float32]) -> float | None:
    """How light most of what is darker than the ground is, from 0 to 255."""
    low = np.maximum(np.floor(quad.min(axis=0)).astype(int), 0)
    high = np.ceil(quad.max(axis=0)).astype(int)
    part = gray[low[1] : high[1] + 1, low[0] : high[0] + 1]
    ink = part[part < np.percentile(part, 95) - _MARGIN] if part.size else part
    return float(np.median(ink)) if ink.size else None


def rules(image: Pixels, *, text_height: float) -> list[Rule]:
    """The level and upright lines drawn in a picture, in pixels, without thickness.

    `text_height` is that of its ordinary text in pixels: the strokes of letters are shorter than a rule.
    """
    import cv2

    gray = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    edges = cv2.adaptiveThreshold(
        255 - gray, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, _odd(text_height), -_FAINTEST
    )
    found = []
    for long, level in ((int(text_height * 2.5), True), (int(text_height * 1.4), False)):
        # Thickened first: a line that isn't quite level steps from one row of pixels to the next.
        thick = cv2.dilate(edges, np.ones((3, 1) if level else (1, 3), np.uint8))
        lines = cv2.morphologyEx(thick, cv2.MORPH_OPEN, np.ones((1, max(long, 20)) if level else (max(long, 15), 1)))
        count, _, boxes, _ = cv2.connectedComponentsWithStats(lines, connectivity=8)
        for label in range(1, count):
            left, top, width, height = (float(value) for value in boxes[label][:4])
            if (height if level else width) > text_height:  # a dark surface, not a line
                continue
            x, y = left + width / 2, top + height / 2
            found.append(Rule(left, y, left + width, y) if level else Rule(x, top, x, top + height))
    return found


def _odd(value: float) -> int:
    return max(3, int(value)) | 1
