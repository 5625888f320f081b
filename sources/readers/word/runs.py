"""The text of a Word paragraph as it is printed: fields by their results, changes accepted, what is hidden left out"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sources.parts import Dropped
from sources.readers.word.styles import Style
from sources.readers.word.xml import R, W, child, children, is_on, value

MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_DGM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_V = "{urn:schemas-microsoft-com:vml}"
_WORDS = {W + "tab": "\t", W + "ptab": "\t", W + "br": "\n", W + "cr": "\n", W + "noBreakHyphen": "-"}
_ASIDE = frozenset(
    W + name for name in ("pPr", "rPr", "sdtPr", "sdtEndPr", "rt", "instrText", "delInstrText", "tcPr", "fldData")
)
"""Elements without text of the paragraph: properties, the reading above a character, the code of a field."""
_WINGDINGS = {
    "wingdings": {0x6C: "●", 0x6E: "■", 0x6F: "□", 0x70: "□", 0x71: "□", 0x72: "□", 0x76: "❖", 0xA1: "○", 0xA3: "□",
                  0xA7: "▪", 0xA8: "□", 0xD8: "➢", 0xFB: "✗", 0xFC: "✓", 0xFD: "☒", 0xFE: "☑", 0xE0: "→"},
    "wingdings 2": {0x4F: "✗", 0x50: "✓", 0x51: "☒", 0x52: "☑", 0x53: "☒", 0x54: "☒", 0xA3: "□", 0x2A: "□"},
    "symbol": {0xA3: "≤", 0xB3: "≥", 0xB4: "×", 0xB8: "÷", 0xB1: "±", 0xB0: "°", 0xB7: "•", 0xB9: "≠", 0xBB: "≈",
               0xAE: "→", 0x61: "α", 0x62: "β", 0x67: "γ", 0x64: "δ", 0x6C: "λ", 0x6D: "μ", 0x70: "π", 0x73: "σ",
               0x53: "Σ", 0x57: "Ω", 0x44: "Δ", 0xD6: "√", 0xA5: "∞"},
}  # fmt: skip
"""What stands for a letter in fonts that draw signs: the ticks and boxes of forms above all."""
_PRIVATE = range(0xF000, 0xF100)
_LAST_OF_EQ = re.compile(r"\bEQ\b.*[,，(（](?P<last>[^,，()（）]+)[)）]\s*$", re.IGNORECASE | re.DOTALL)

Placed = Literal["box", "picture", "chart", "diagram", "footnote", "endnote"]


@dataclass(slots=True)
class Inline:
    """What stands in a paragraph."""

    texts: list[str] = field(default_factory=list)
    placed: list[tuple[Placed, Any]] = field(default_factory=list)
    """What is anchored in it and has text of its own, in order: the w:txbxContent of a text box, the id by which
    another part is referred to, or that of a note."""

    @property
    def text(self) -> str:
        """Its text; a line ends where a line end was typed into the paragraph."""
        return "".join(self.texts)


@dataclass(slots=True)
class _Field:
    """A field that has begun and not ended."""

    code: str = ""
    shows: bool = False
    """Whether its code is over and its result has begun."""
    box: str | None = None
    """What it shows by itself, as a box of a form does."""


class Runs:
    """Reads the paragraphs of one document, in order; what is dropped of them is kept, by its reason."""

    def __init__(self, styles: Mapping[str, Style], *, drop_contents: bool) -> None:
        """`drop_contents` is false for a document whose fields don't end properly: a table of contents would take in
        all that follows."""
        self._styles = styles
        self._drop_contents = drop_contents
        self._fields: list[_Field] = []
        self._gone: list[tuple[str, list[str]]] = []

    def inline(self, paragraph: Any, *, into: Inline | None = None) -> Inline:
        """What stands in a w:p, after what `into` holds already."""
        found = into or Inline()
        for element in paragraph:
            self._walk(element, found)
        # The code of a field ends in its paragraph; one that doesn't would swallow all that follows.
        while self._fields and not self._fields[-1].shows:
            self._fields.pop()
        return found

    def drop(self, text: str, reason: str) -> None:
        """Note what isn't in the text; stretches of one reason that follow on each other are one."""
        if not text.strip():
            return
        if not self._gone or self._gone[-1][0] != reason:
            self._gone.append((reason, []))
        self._gone[-1][1].append(text)

    def in_contents(self) -> bool:
        """Whether a table of contents has begun and not ended."""
        return self._drop_contents and any(each.code.strip().upper().startswith("TOC") for each in self._fields)

    def gone(self) -> list[Dropped]:
        """All that was dropped so far."""
        return [Dropped(re.sub(r"\n{2,}", "\n", "".join(texts)).strip(), reason) for reason, texts in self._gone]

    def _walk(self, element: Any, into: Inline) -> None:
        tag = element.tag
        if tag == W + "r":
            self._run(element, into)
        elif tag in _ASIDE:
            return
        elif tag == W + "del":
            self.drop("".join(each.text or "" for each in element.iter(W + "delText", W + "t")), "删去的修订")
        elif tag == W + "moveFrom":
            return  # it stands where it was moved to
        elif tag == W + "fldSimple":
            self._fields.append(_Field(element.get(W + "instr", ""), shows=True))
            self._through(element, into)
            self._fields.pop()
        elif tag == W + "sdt":
            if is_on(child(element, "sdtPr"), "showingPlcHdr"):
                self.drop("".join(each.text or "" for each in element.iter(W + "t")), "占位文字")
            else:
                self._form_box(element, into)
        elif tag == MC + "AlternateContent":
            if (chosen := chosen_of(element)) is not None:
                self._through(chosen, into)
        elif tag.startswith(_M):
            self._add(_formula(element), into)
        else:
            self._through(element, into)

    def _through(self, element: Any, into: Inline) -> None:
        for each in element:
            self._walk(each, into)

    def _form_box(self, element: Any, into: Inline) -> None:
        content = child(element, "sdtContent")
        if content is not None:
            self._through(content, into)

    def _run(self, run: Any, into: Inline) -> None:
        properties = child(run, "rPr")
        style = self._styles.get(value(child(properties, "rStyle")))
        hidden = (
            is_on(properties, "vanish") if child(properties, "vanish") is not None else bool(style and style.hidden)
        )
        signs = _signs_of(properties)
        for element in run:
            tag = element.tag
            if tag == W + "t":
                text = element.text or ""
                if hidden:
                    self.drop(text, "隐藏的文字")
                else:
                    self._add("".join(_sign(ord(each), signs) for each in text) if signs else _public(text), into)
            elif hidden or (tag in _ASIDE and tag != W + "instrText"):
                continue
            elif tag in _WORDS:
                if tag != W + "br" or element.get(W + "type", "textWrapping") == "textWrapping":
                    self._add(_WORDS[tag], into)
            elif tag == W + "sym":
                self._add(
                    _sign(_code(element.get(W + "char", "")), _WINGDINGS.get(element.get(W + "font", "").lower(), {})),
                    into,
                )
            elif tag == W + "fldChar":
                self._field(element, into)
            elif tag == W + "instrText":
                if self._fields and not self._fields[-1].shows:
                    self._fields[-1].code += element.text or ""
            elif tag in {W + "footnoteReference", W + "endnoteReference"}:
                kind: Placed = "footnote" if tag == W + "footnoteReference" else "endnote"
                into.placed.append((kind, element.get(W + "id", "")))
            elif tag in {W + "drawing", W + "pict", W + "object", MC + "AlternateContent"}:
                self._drawing(element, into)
            elif tag == W + "ruby":
                self._through(element, into)

    def _add(self, text: str, into: Inline) -> None:
        if all(each.shows for each in self._fields):
            if self.in_contents():
                self.drop(text, "目录")
            else:
                into.texts.append(text)

    def _field(self, element: Any, into: Inline) -> None:
        kind = element.get(W + "fldCharType")
        if kind == "begin":
            self._fields.append(_Field(box=_box_of(child(element, "ffData"))))
        elif self._fields and kind == "separate":
            self._fields[-1].shows = self._fields[-1].box is None
        elif self._fields and kind == "end":
            ended = self._fields.pop()
            if ended.box is not None:
                self._add(ended.box, into)
            # Word draws the characters in circles of EQ fields from their code, which has no result.
            if not ended.shows and (drawn := _LAST_OF_EQ.search(ended.code)):
                self._add(drawn["last"].strip(), into)

    def _drawing(self, element: Any, into: Inline) -> None:
        """The text boxes, pictures, charts and letterings of a drawing, in the file's order."""
        tag = element.tag
        if tag == W + "txbxContent":
            into.placed.append(("box", element))
            return
        if tag == MC + "AlternateContent":
            if (chosen := chosen_of(element)) is not None:
                self._drawing(chosen, into)
            return
        for name, attribute, kind in _REFERRING:
            if tag == name and element.get(attribute):
                into.placed.append((kind, element.get(attribute)))
        if tag == _V + "textpath" and element.get("string"):
            self._add(element.get("string"), into)
        for each in element:
            self._drawing(each, into)


_REFERRING: tuple[tuple[str, str, Placed], ...] = (
    (_A + "blip", R + "embed", "picture"),
    (_V + "imagedata", R + "id", "picture"),
    (_C + "chart", R + "id", "chart"),
    (_DGM + "relIds", R + "dm", "diagram"),
)


def chosen_of(element: Any) -> Any | None:
    """Of the forms of one thing that mc:AlternateContent holds, the newest; the others show the same again."""
    first = element.find(MC + "Choice")
    return first if first is not None else element.find(MC + "Fallback")


def _signs_of(properties: Any | None) -> Mapping[int, str]:
    fonts = child(properties, "rFonts")
    return {} if fonts is None else _WINGDINGS.get(fonts.get(W + "ascii", "").lower(), {})


def _code(written: str) -> int:
    """A character's number that is written in hexadecimal digits; that of a space where it isn't."""
    return int(written, 16) if re.fullmatch(r"[0-9A-Fa-f]{1,4}", written) else ord(" ")


def _sign(code: int, signs: Mapping[int, str]) -> str:
    """The sign that a font draws for the character; "" for a private one that nobody could read."""
    if (low := code & 0xFF) in signs and (code < 0x100 or code in _PRIVATE):
        return signs[low]
    return "" if code in _PRIVATE else chr(code)


def _public(text: str) -> str:
    return text if text.isascii() else "".join(each for each in text if ord(each) not in _PRIVATE)


def _box_of(form: Any | None) -> str | None:
    """A ticked or empty box, or the chosen entry, of a field in a form; None for other fields."""
    box, entries = child(form, "checkBox"), child(form, "ddList")
    if box is not None:
        return "☑" if is_on(box, "checked" if child(box, "checked") is not None else "default") else "□"
    if entries is not None:
        listed = [value(each) for each in children(entries, "listEntry")]
        chosen = value(child(entries, "result")) or "0"
        at = int(chosen) if chosen.isdecimal() else 0
        return listed[at] if at < len(listed) else ""
    return None


def _formula(element: Any) -> str:
    """A formula on one line: a/b for a fraction, x^2 and x_i for what is raised and lowered."""
    tag = element.tag
    if tag == _M + "t":
        return element.text or ""
    if not tag.startswith(_M):
        return ""
    parts = {each.tag.removeprefix(_M): _formula(each) for each in element}
    if tag == _M + "f":
        return f"{_grouped(parts.get('num', ''))}/{_grouped(parts.get('den', ''))}"
    if tag == _M + "sSup":
        return f"{parts.get('e', '')}^{_grouped(parts.get('sup', ''))}"
    if tag == _M + "sSub":
        return f"{parts.get('e', '')}_{_grouped(parts.get('sub', ''))}"
    if tag == _M + "rad":
        return f"√{_grouped(parts.get('e', ''))}"
    return "".join(map(_formula, element))


def _grouped(text: str) -> str:
    return text if len(text) < 2 or text.isalnum() else f"({text})"
