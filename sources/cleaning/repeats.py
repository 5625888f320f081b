"""Repetitions: a page scanned twice, a hidden second copy of a body; never the same words about something else"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from sources.cleaning.block import Block
from sources.parts import Dropped
from sources.sentences import sentences

REPEATED = "重复的内容"
_RUN_CHARS = 60
_PARAGRAPH_CHARS = 30
"""So much running text at least makes a copy: short sentences recur for good reason."""
_CUT_CHARS = 10
_ROW = re.compile(
    r"[（(]?(?:\d{1,3}|[一二三四五六七八九十]{1,3})[）)、.．]|[①-⑳•·▪●○◆*+-]|第[一二三四五六七八九十百千零〇\d]+条|【[^】]{1,12}】"
    r"|[^。，；：:]{1,10}[：:]"
)
"""What stands in a list says the same in many places: 责任单位：省财政厅."""
_NAMES_SUBJECT = re.compile(r".{1,20}[：:]|[^。，；]{2,12}(?:省|市|县|区|镇|乡|村|街道|局|厅|委|部|中心|公司)")
_RUNNING_END = re.compile(r"[。！？!?…][”’」』》）)\]]*$")

Sort = Literal["running", "row", "subject", "heading"]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A sentence, or a heading, as printed without white space."""

    flat: str
    sort: Sort
    """`running` text, a `row` of a list, a line that names a new `subject` (南丰镇：), or a heading."""
    block: int
    start: int
    end: int
    """In the block's text."""


@dataclass(slots=True)
class _Seen:
    """What has been kept so far, in order."""

    pieces: list[_Piece] = field(default_factory=list)
    latest: dict[str, int] = field(default_factory=dict)
    first: dict[str, int] = field(default_factory=dict)
    subjects: list[int] = field(default_factory=lambda: [0])
    """Before each piece, how many headings and subjects there were."""
    title: int | None = None
    """The place of the first heading."""

    def add(self, piece: _Piece) -> None:
        place = len(self.pieces)
        self.pieces.append(piece)
        self.latest[piece.flat] = place
        self.first.setdefault(piece.flat, place)
        self.subjects.append(self.subjects[-1] + (piece.sort in {"heading", "subject"}))
        if piece.sort == "heading" and self.title is None:
            self.title = place


def without_repeats(found: Sequence[Block]) -> tuple[list[Block], list[Dropped]]:
    """The blocks without what stands a second time in the same flow, and what was dropped.

    A stretch is a copy where it repeats running text in the same order and no heading stands between the end of the
    first and the beginning of the second: below another heading the same words are about something else. A copy that
    begins with the document's first heading is one of the whole, wherever it stands. Tables stay.
    """
    pieces = [piece for number, block in enumerate(found) for piece in _pieces(block, number)]
    seen = _Seen()
    gone: dict[int, list[_Piece]] = {}
    at = 0
    while at < len(pieces):
        run, copied = _run(pieces, at, seen)
        for piece in pieces[at : at + run]:
            if copied:
                gone.setdefault(piece.block, []).append(piece)
            else:
                seen.add(piece)
        at += run
    kept: list[Block] = []
    dropped: list[Dropped] = []
    for number, block in enumerate(found):
        out = gone.get(number)
        if out is None:
            kept.append(block)
            continue
        page = block.lines[0].page if block.lines else None
        dropped.append(Dropped("".join(block.text[piece.start : piece.end] for piece in out), REPEATED, page))
        begins = {piece.start for piece in out}
        left = [piece for piece in _pieces(block, number) if piece.start not in begins]
        if left:
            text = "".join(block.text[piece.start : piece.end] for piece in left)
            kept.append(replace(block, text=text, lead="" if 0 in begins else block.lead))
    return kept, dropped


def _pieces(block: Block, number: int) -> list[_Piece]:
    if block.kind == "table":
        # Never a copy of anything: what follows it is not the same flow as what stands before.
        return [_Piece(f"\0{number}", "row", number, 0, 0)]
    flat = _flat(block.text)
    if block.kind == "heading":
        return [_Piece(flat, "heading", number, 0, len(block.text))]
    if _NAMES_SUBJECT.fullmatch(flat):
        return [_Piece(flat, "subject", number, 0, len(block.text))]
    row = block.kind == "list" or bool(_ROW.match(block.text))
    found = []
    for start, end in sentences(block.text):
        text = block.text[start:end]
        running = not row and _RUNNING_END.search(text)
        found.append(_Piece(_flat(text), "running" if running else "row", number, start, end))
    return found


def _flat(text: str) -> str:
    return re.sub(r"[\s*]+", "", text)


def _run(pieces: Sequence[_Piece], at: int, seen: _Seen) -> tuple[int, bool]:
    """How many pieces from `at` on have stood before in this order, 1 at least, and whether they are a copy."""
    flat = pieces[at].flat
    longest = copied = 0
    for earlier in {seen.latest.get(flat, -1), seen.first.get(flat, -1)} - {-1}:
        run = 0
        while (
            at + run < len(pieces)
            and earlier + run < len(seen.pieces)
            and pieces[at + run].flat == seen.pieces[earlier + run].flat
            and seen.pieces[earlier + run].block < pieces[at].block
        ):
            run += 1
        longest = max(longest, run)
        cut = pieces[at + run].flat if at + run < len(pieces) else ""
        if len(cut) >= _CUT_CHARS and earlier + run < len(seen.pieces):
            run += seen.pieces[earlier + run].flat.startswith(cut)  # the copy breaks off in mid-sentence
        while run and pieces[at + run - 1].sort in {"heading", "subject"}:
            run -= 1
        same_flow = seen.subjects[-1] == seen.subjects[earlier + run]
        if (same_flow or earlier == seen.title) and _is_copy(pieces, at, run):
            copied = max(copied, run)
    return (copied, True) if copied else (max(longest, 1), False)


def _is_copy(pieces: Sequence[_Piece], at: int, run: int) -> bool:
    copied = pieces[at : at + run]
    running = sum(map(len, {piece.flat for piece in copied if piece.sort == "running"}))
    if running >= _RUN_CHARS:
        return True
    before = pieces[at - 1].block if at else None
    after = pieces[at + run].block if at + run < len(pieces) else None
    whole = bool(copied) and before != copied[0].block and after != copied[-1].block
    return whole and running >= _PARAGRAPH_CHARS
