"""The cases that a system missed, each with why, for a person to read.

>>> marked("收入为 54939\\n元。", ["收入为54939元"])
'<mark>收入为 54939\\n元</mark>。'
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from eval.cases import Case
from eval.metrics.figures import stated
from eval.metrics.normal import bare, flat
from eval.metrics.phrases import any_forbidden, included
from eval.metrics.unsupported import unsupported
from eval.reply import Reply
from eval.results import Outcome, Row


@dataclass(frozen=True, slots=True)
class Miss:
    """One case that went wrong."""

    case: Case
    reply: Reply
    reasons: tuple[str, ...]


def misses(outcome: Outcome) -> Iterator[Miss]:
    """Every miss of a system on a set, in the cases' order, one at a time."""
    replies = outcome.replies()
    for case, row in zip(outcome.cases(), outcome.rows(), strict=True):
        if failed(row):
            reply = replies.get(case.id)
            yield Miss(case, reply, tuple(reasons(case, reply, row)))


def failed(row: Row) -> bool:
    """Whether a person should look at it: wrong, not cited, a number without origin, or the document not found."""
    scores = row.scores
    if scores["error"] or 0.0 in (scores["right"], scores["focused"], scores["cited"]) or scores["unsupported"]:
        return True
    if scores["right"] is not None:
        return False
    return 0.0 in (scores["doc_recall"], scores["docs.recall@10"]) or scores["false_refusal"] == 1.0


def reasons(case: Case, reply: Reply, row: Row) -> Iterator[str]:
    """What is wrong with it, in the report's language."""
    text = bare(reply.answer.answer) if reply.answer else ""
    if reply.error:
        yield f"出错：{reply.error}"
        return
    if not case.answerable:
        if reply.status == "answered":
            yield "文档里没有答案，却作了回答"
        return
    if reply.status in ("not_found", "clarify"):
        yield "有答案，却没有回答" if reply.status == "not_found" else "有答案，却反问"
    elif reply.status == "answered":
        yield from (f"缺数字 {figure}" for figure in case.figures if not stated(figure, text))
        yield from (f"缺 {' / '.join(g)}" for g in case.must_include if not any(included(p, text) for p in g))
        yield from (f"出现了不该有的 {entry}" for entry in case.must_not if any_forbidden([entry], text))
        cited = " ".join(f"{c.quote} {c.passage}" for c in (reply.answer.citations if reply.answer else ()))
        if row.scores["unsupported"]:
            yield f"无据数字 {'、'.join(sorted(unsupported(text, cited=cited, asked=case.question)))}"
    if row.scores["right"] and row.scores["cited"] == 0:
        yield "答对了，但引用里没有依据"
    if row.scores["right"] and row.scores["focused"] == 0:
        yield "答对了，但太长"
    if row.scores["doc_recall"] == 0:
        yield "没有引到该引的文档"
    if row.scores["docs.recall@10"] == 0:
        yield "前十段里没有该找的文档"


def marked(text: str, pieces: Sequence[str], *, quote: str = "") -> str:
    """The text as HTML: each piece highlighted wherever it stands, whitespace apart, and the quote underlined."""
    highlighted, underlined = _inside(text, pieces), _inside(text, [quote])
    parts: list[str] = []
    now = ("", "")
    for index, char in enumerate(text):
        tags = ("<mark>" if index in highlighted else "", "<u>" if index in underlined else "")
        if tags != now:
            parts += [*_closing(now), *tags]
            now = tags
        parts.append(escape(char))
    return "".join([*parts, *_closing(now)])


def _closing(tags: tuple[str, str]) -> list[str]:
    return [tag.replace("<", "</") for tag in reversed(tags)]


def _inside(text: str, pieces: Sequence[str]) -> set[int]:
    """The places of the characters that belong to a piece."""
    places = [index for index, char in enumerate(text) if not char.isspace()]
    plain = flat(text)
    inside: set[int] = set()
    for piece in filter(None, map(flat, pieces)):
        at = plain.find(piece)
        while at >= 0:
            inside.update(range(places[at], places[at + len(piece) - 1] + 1))
            at = plain.find(piece, at + 1)
    return inside
