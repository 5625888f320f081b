"""Changes: what an amendment says, one at a time, with the place in the amended rule that it changes.

将第四条修改为：“……”    将第二条中的“3元”修改为“4元”    第五条第二款修改为：“……”    删去第六条
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from assistant.extractive.statements import unnumbered
from assistant.library import Library
from assistant.question.terms import flat
from index.standing import Bound
from sources.articles import ARTICLE, PLACE, place_in
from sources.sentences import Span, sentences

_TO = r"(?:修改|调整|变更|提高|降低|增加|减少|延长|缩短|放宽|改|上调|下调|修订)(?:为|至|到|成)"
_DELETED = r"删(?:除|去|掉)|废止"
_QUOTED = re.compile(
    rf"[“\"「](?P<old>[^”\"」]{{1,200}})[”\"」](?=[^“\"「；;。]{{0,12}}?(?:{_TO}|{_DELETED}))"
    rf"|(?:{_DELETED})[^“\"「；;。]{{0,20}}[“\"「](?P<gone>[^”\"」]{{1,200}})[”\"」]"
)
_FROM = re.compile(rf"由(?:原来?的)?(?P<old>[^，。；由]{{2,40}}?){_TO}")
_CHANGES = re.compile(rf"{_TO}|{_DELETED}|取消|增加一[条款项]|不再|扩大")
"""What a sentence holds that changes a rule."""
_QUOTATION = re.compile(r"“(?:[^“”]|“[^“”]*”)*”?|「[^」]*」?|\"[^\"]*\"?")
_NEW_WORDS_FOLLOW = re.compile(rf"(?:{_TO}|增加一[条款项][^。；;：:]*)[：:]$")
_NEXT_LINE = re.compile(r"\s*[^\n]+")
_NEXT_CHANGE = re.compile(
    rf"^\s*(?:[一二三四五六七八九十]+、|[（(][一二三四五六七八九十]+[）)])\s*(?:[将把对在原]?{ARTICLE}|删)",
    re.MULTILINE,
)
_CLOSING = re.compile(r"”(?:[。；;]|(?=\s*(?:\n|\Z)))")
_ADDED = re.compile("增加一[条款项]")
_RENUMBERED = re.compile(rf"[，,]?(?:改|作|调整|变更|顺延)为{ARTICLE}")
_PLACE = re.compile(PLACE)
_PLACES = rf"{PLACE}(?:[、和及与]{PLACE})*"
_WHOLE = re.compile(rf"(?P<places>{_PLACES})(?:全文|的?内容)?[，,]?\s*{_TO}")
_GONE = re.compile(
    rf"(?:{_DELETED})(?:了|原)?(?P<before>{_PLACES})(?!中|的)|(?P<after>{_PLACES})(?:予以|均)?(?:{_DELETED})"
)


@dataclass(frozen=True, slots=True)
class Change:
    """One change that an amendment makes."""

    span: Span
    """Where it is said, in the amendment."""
    taken: tuple[str, ...]
    """The words that it takes out, as it quotes them."""
    place: str = ""
    """What it changes, as it names it: 第五条第二款; "" where it names none."""
    within: Span | None = None
    """Where that stands in the amended text; None where it doesn't."""
    is_whole: bool = False
    """Whether all of the place is changed, rather than some words of it."""
    is_deleted: bool = False
    """Whether nothing comes in its place."""

    def taken_from(self, text: str, said: Span) -> str:
        """What of the words that stand at `said` in the amended text it changes; "" where nothing."""
        if self.within and not (self.within[0] < said[1] and said[0] < self.within[1]):
            return ""
        words = flat(text[slice(*said)])
        if self.taken:
            return next((f"“{each}”" for each in self.taken if flat(each) in words), "")
        return self.place if self.within else ""


def changes(bound: Bound, library: Library) -> Iterator[Change]:
    """What a document says that changes the one it is bound to, up to where it comes to another one."""
    text = library.document(bound.source.id).text
    amended = library.document(bound.target).text if bound.target else ""
    own = bound.relation
    stated = library.standings().stated_by(bound.source.id)
    others = [each.relation.start for each in stated if each.target != bound.target and each.relation.start >= own.end]
    place = ""
    for span in _parts(text, own.start, min(others, default=len(text))):
        said = text[slice(*span)]
        bare = _QUOTATION.sub(lambda found: "＿" * len(found[0]), said)
        if not _CHANGES.search(bare):
            continue
        named = _PLACE.search(bare)
        place = named[0] if named else place
        found = list(_in(span, said, _RENUMBERED.sub("", bare), place, amended))
        # The sentence that names the rule changes it only where it says what of it.
        yield from (each for each in found if span[0] >= own.end or each.taken or each.is_whole)


def _in(span: Span, said: str, bare: str, place: str, amended: str) -> Iterator[Change]:
    """The changes of one part of a sentence; `bare` is without quotations and new numbers."""
    quoted = [found["old"] or found["gone"] for found in _QUOTED.finditer(said)]
    taken = tuple(quoted + [found["old"] for found in _FROM.finditer(bare)])
    whole, gone = _WHOLE.search(bare), _GONE.search(bare)
    if taken:
        is_deleted = not re.search(_TO, bare)
        yield Change(span, taken, place, place_in(amended, place), is_deleted=is_deleted)
    elif _ADDED.search(bare) or not (whole or gone):
        yield Change(span, ())
    else:
        places = whole["places"] if whole else gone["before"] or gone["after"] if gone else ""
        for name in _PLACE.findall(places):
            yield Change(span, (), name, place_in(amended, name), is_whole=True, is_deleted=not whole)


def _parts(text: str, start: int, until: int) -> Iterator[Span]:
    """The sentences, each with all of the new words that it quotes, cut at the semicolons outside quotations."""
    reached = start
    for begin, end in sentences(text, start, until):
        if begin < reached:
            continue
        reached = _with_new_words(text, begin, end, until)
        bare = _QUOTATION.sub(lambda found: "＿" * len(found[0]), text[begin:reached])
        for part in re.finditer("[^；;]+[；;]?", bare):
            yield unnumbered(text, (begin + part.start(), begin + part.end()))


def _with_new_words(text: str, begin: int, end: int, until: int) -> int:
    """Where the new words end that a sentence begins to quote, which may have sentences and lines of their own."""
    if _NEW_WORDS_FOLLOW.search(text[begin:end]) and (line := _NEXT_LINE.match(text, end, until)):
        end = line.end()
    if text.count("“", begin, end) > text.count("”", begin, end):
        following = _NEXT_CHANGE.search(text, end, until)
        closing = _CLOSING.search(text, end, following.start() if following else until)
        end = closing.end() if closing else end
    return end
