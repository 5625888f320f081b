"""A conversation as HTML: questions, answers with what stands behind them, and what can be done with each. Pure.

An answer is read from above: whether it is sure, the answer, where it stands; its figures are folded. What was checked
is said by name, and no more than that: that the quotes are verbatim, that numbers, years and places agree with them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from assistant.answers import Answer, Citation
from assistant.exports.text import answer_as_text
from assistant.web.charts import of_answer
from assistant.web.excerpts import kept
from assistant.web.html import ITEM, blocks, byline, mark_link, place_of
from assistant.web.words import Words

_ROW = re.compile(r"\|(?P<cells>[^\n]+)\|\s*(?P<stop>[。.]?)\s*$")

if TYPE_CHECKING:
    from assistant.conversations.records import StoredTurn


@dataclass(frozen=True, slots=True)
class Shown:
    """One turn as it is shown."""

    question: str
    answer: Answer | None = None
    turn_id: str = ""
    """What its actions name; empty where it can't be acted on."""
    ended: str = ""
    """Why there is no answer: one line."""
    text: str = ""
    """What had been written by then."""
    feedback: bool | None = None
    """Whether it was called good."""


@dataclass(frozen=True, slots=True)
class Library:
    """What is asked, for those who ask."""

    name: str
    documents: int
    is_sample: bool = False


def shown_turn(turn: StoredTurn, words: Words) -> Shown:
    """A turn as it is kept, as it is shown."""
    ended = {"stopped": words.stopped, "failed": words.failed}.get(turn.state, words.unreadable)
    text = "" if turn.answer else turn.text
    feedback = turn.feedback.good if turn.feedback else None
    return Shown(turn.question, turn.answer, turn.id, ended, text, feedback)


def conversation(turns: Sequence[Shown], words: Words, *, read_only: bool = False) -> str:
    """All turns, oldest first; `read_only` without what asks again, edits or judges."""
    last = len(turns) - 1
    # For the form that `chat.js` makes; a template shows nothing and runs nothing.
    asks = "" if read_only else f'<template class="yj-feedback-words">{escape(json.dumps(words.feedback))}</template>'
    return asks + "".join(_turn(turn, words, read_only=read_only, is_last=at == last) for at, turn in enumerate(turns))


def welcome(examples: Sequence[str], library: Library, words: Words) -> str:
    """What an empty conversation shows."""
    asks = "".join(f"<li>{ask_button(question, 'yj-example')}</li>" for question in examples)
    tried = f'<h2 class="yj-small">{words.examples}</h2><ul class="yj-examples">{asks}</ul>' if examples else ""
    own = ""
    if library.is_sample:
        own = f'<p class="yj-own">{words.sample_hint} <a href="library">{words.bring_own}</a></p>'
    elif not library.documents:
        own = f'<p class="yj-own">{words.empty_library} <a href="library">{words.bring_own}</a></p>'
    return f'<section class="yj-welcome"><h1>{words.welcome}</h1><p>{words.promise}</p>{own}{tried}</section>'


def lost(words: Words) -> str:
    """What stands above it where the address names a conversation that isn't there."""
    return f'<p class="yj-notice" role="status">{words.no_such_conversation}</p>'


def side(words: Words) -> str:
    """The conversations' side: what `chat.js` fills with the list, and its words."""
    told = "".join(f' data-{name}="{escape(text)}"' for name, text in words.conversations.items())
    return (
        f'<nav class="yj-conversations" aria-label="{words.conversations["label"]}"{told}>'
        f'<button type="button" class="yj-button yj-new" data-new>{words.new_conversation}</button>'
        f'<input type="search" class="yj-input yj-search" placeholder="{words.conversations["search"]}" '
        f'aria-label="{words.conversations["search"]}" maxlength="100">'
        '<ul class="yj-list"></ul><p class="yj-note yj-none" hidden></p>'
        f'<button type="button" class="yj-plain yj-archived" data-archived aria-pressed="false">'
        f"{words.conversations['archived']}</button></nav>"
    )


def scope(words: Words) -> str:
    """What limits the next question to some documents: `chat.js` fills it."""
    told = "".join(f' data-{name}="{escape(text)}"' for name, text in words.scope.items())
    return f'<div class="yj-limits"{told}></div>'


def listing(words: Words) -> str:
    """On a phone, the button that shows the conversations."""
    label = words.conversations["open"]
    return f'<button type="button" class="yj-tool yj-listing" data-listed aria-label="{label}">☰</button>'


def earlier(hidden: int, words: Words) -> str:
    """What shows the beginning of a long conversation."""
    label = escape(words.earlier(hidden))
    button = f'<button type="button" class="yj-plain" data-all>{label}</button>'
    return f'<p class="yj-earlier">{button}</p>' if hidden else ""


def suggestions(questions: Sequence[str], words: Words) -> str:
    """What may be asked next."""
    asks = "".join(f"<li>{ask_button(question, 'yj-choice')}</li>" for question in questions)
    return f'<ul class="yj-next" aria-label="{words.next_questions}">{asks}</ul>' if asks else ""


def writing(question: str, text: str, words: Words, *, is_followed: bool = False) -> str:
    """The turn that is being answered; its marks can't be opened yet. One that `is_followed` is written elsewhere, and
    has to be looked at again."""
    body = blocks(text, {}) if text else ""
    followed = " data-follow" if is_followed else ""
    return (
        f'<article class="yj-turn" aria-busy="true"{followed}>{_question(question)}<div class="yj-reply">'
        f'<div class="yj-text">{body}</div><p class="yj-busy"><span class="yj-dots"></span>'
        f"{words.checking if text else words.searching}</p></div></article>"
    )


def not_asked(reason: str) -> str:
    """Why what was typed wasn't asked; it still stands in the box."""
    reply = f'<div class="yj-reply yj-trouble"><p role="alert">{escape(reason)}</p></div>'
    return f'<article class="yj-turn">{reply}</article>'


def library_link(library: Library, words: Words) -> str:
    """Which library is being asked, for the bar at the top."""
    name = words.sample_library if library.is_sample else library.name
    return (
        f'<a class="yj-library" href="library" title="{words.show_library}">{escape(name)}'
        f"<span>{words.documents(library.documents)}</span></a>"
    )


def copied(answer: Answer, words: Words) -> str:
    """The answer as plain text with its sources, for the clipboard."""
    return answer_as_text(answer, "en" if words.language == "en" else "zh")


def ask_button(question: str, css: str, label: str = "", *, cut: str = "") -> str:
    """A button that asks; `cut` names the turn that it replaces, with all after it."""
    replaced = f' data-cut="{escape(cut)}"' if cut else ""
    shown = escape(label or question)
    return f'<button type="button" class="{css}" data-ask="{escape(question)}"{replaced}>{shown}</button>'


def _turn(turn: Shown, words: Words, *, read_only: bool, is_last: bool) -> str:
    named = f' data-turn="{escape(turn.turn_id)}"' if turn.turn_id else ""
    edit = ""
    if turn.turn_id and not read_only:
        edit = f'<button type="button" class="yj-plain yj-edit" data-edit>{words.edit}</button>'
    asked = f'<div class="yj-asked">{edit}{_question(turn.question)}</div>'
    if turn.answer is None:
        again = "" if read_only else ask_button(turn.question, "yj-choice", words.retry, cut=turn.turn_id)
        text = f'<div class="yj-text yj-broken">{blocks(turn.text, {})}</div>' if turn.text else ""
        reply = f'<div class="yj-reply yj-trouble">{text}<p role="alert">{escape(turn.ended)}</p>{again}</div>'
        return f'<article class="yj-turn"{named}>{asked}{reply}</article>'
    return f'<article class="yj-turn"{named}>{asked}{_reply(turn, turn.answer, words, read_only, is_last)}</article>'


def _reply(turn: Shown, answer: Answer, words: Words, read_only: bool, is_last: bool) -> str:
    citations = {citation.number: citation for citation in answer.citations}
    understood = answer.standalone_question
    note = f'<p class="yj-understood">{words.understood_as}{escape(understood)}</p>'
    unsure = f'<p class="yj-unsure"><span class="yj-badge yj-doubt">{_doubt(answer, words)}</span></p>'
    parts = [
        "" if answer.sure else unsure,
        f'<p class="yj-notice">{escape(answer.notice)}</p>' if answer.notice else "",
        f'<p class="yj-limited">{words.limited_to}{escape(words.listed(answer.scope))}</p>' if answer.scope else "",
        f'<div class="yj-text">{blocks(answer.answer, citations)}</div>',
        of_answer(answer.table, words) if answer.table else "",
        _looked_in(answer, words),
        _nearest(answer, citations, words),
        _choices(answer, words) if is_last and not read_only else "",
        _quoted(answer, words) if read_only else _sources(answer, words),
        _figures(answer, citations, words),
        _footer(turn, answer, words, read_only=read_only),
    ]
    reply = f'<div class="yj-reply yj-{answer.status.replace("_", "-")}">{"".join(parts)}</div>'
    return (note if understood != answer.question else "") + reply


def _doubt(answer: Answer, words: Words) -> str:
    """That it isn't sure, and what of the question isn't said where it is quoted from."""
    return escape(words.unsure_of(answer.doubts))


def _question(question: str) -> str:
    return f'<h2 class="yj-question">{escape(question)}</h2>'


def _looked_in(answer: Answer, words: Words) -> str:
    """Of a refusal, where it was looked for."""
    if answer.status != "not_found" or answer.searched is None:
        return ""
    return f'<p class="yj-note">{words.looked_in(answer.searched)}</p>'


def _nearest(answer: Answer, citations: dict[int, Citation], words: Words) -> str:
    items = ""
    for near in answer.nearest:
        mark = mark_link(citations[near.citation]) if near.citation in citations else ""
        items += f"<li>{escape(_plainly(ITEM.sub('', near.text)))}{mark}</li>"
    return f'<div class="yj-nearest"><h3 class="yj-small">{words.nearest}</h3><ul>{items}</ul></div>' if items else ""


def _plainly(text: str) -> str:
    """A line as one reads it: of a row of a table its cells, without the rules between them."""
    row = _ROW.search(text)
    if row is None:
        return text
    cells = (cell.strip() for cell in row["cells"].split("|"))
    return text[: row.start()] + " · ".join(filter(None, cells)) + row["stop"]


def _choices(answer: Answer, words: Words) -> str:
    if answer.clarification is None:
        return ""
    asked = answer.clarification.question
    question = f"<p>{escape(asked)}</p>" if asked not in answer.answer else ""
    buttons = "".join(ask_button(choice, "yj-choice") for choice in answer.clarification.choices)
    return f'{question}<div class="yj-choices" role="group" aria-label="{words.choices}">{buttons}</div>'


def _figures(answer: Answer, citations: dict[int, Citation], words: Words) -> str:
    if not answer.figures:
        return ""
    rows = []
    for figure in answer.figures:
        badge = f'<span class="yj-badge yj-ok">{words.verified}</span>'
        if not figure.verified or not answer.sure:
            # A number can stand in its quote and still not be the one that was asked for.
            badge = f'<span class="yj-badge yj-doubt">{words.to_check if figure.verified else words.unverified}</span>'
        mark = mark_link(citations[figure.citation]) if figure.citation in citations else ""
        formula = f'<span class="yj-formula">{escape(figure.formula)}</span>' if figure.formula else ""
        kind = words.kinds.get(figure.status, figure.status)
        about = (figure.metric, figure.region, words.period(figure.period), kind)
        cells = "".join(
            f'<td data-label="{head}">{escape(text)}</td>'
            for head, text in zip(words.figure_columns[1:], about, strict=False)
        )
        rows.append(
            f'<tr><th scope="row" data-label="{words.figure_columns[0]}">{escape(figure.text)}{formula}</th>{cells}'
            f'<td class="yj-checked">{badge}{mark}</td></tr>'
        )
    heads = "".join(f'<th scope="col">{head}</th>' for head in words.figure_columns)
    return (
        f'<details class="yj-folded"><summary>{words.figures_counted(len(answer.figures))}</summary>'
        f'<div class="yj-figures"><table><caption class="yj-hidden">{words.figures}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table></div></details>"
    )


def _sources(answer: Answer, words: Words) -> str:
    """The documents that are cited, each once, with the numbers that lead to its words."""
    by_document: dict[str, list[Citation]] = {}
    for citation in answer.citations:
        by_document.setdefault(citation.document_id, []).append(citation)
    items = ""
    for cited in by_document.values():
        first = cited[0]
        numbers = "".join(
            f'<a class="yj-cite" href="#{place_of(c)}" aria-label="[{c.number}] {escape(c.title)}">{c.number}</a>'
            for c in cited
        )
        items += (
            f'<li><span class="yj-numbers">{numbers}</span>'
            f'<a class="yj-cite-title" href="#{place_of(first)}">{escape(first.title)}</a>'
            f"{byline(first, words, first.standing)}</li>"
        )
    return f'<ol class="yj-citations" aria-label="{words.sources}">{items}</ol>' if items else ""


def _quoted(answer: Answer, words: Words) -> str:
    """Every citation with its passage, the quote lit: for a page that has no panel beside it."""
    items = "".join(
        f'<li id="{place_of(c)}" value="{c.number}"><p class="yj-cited"><strong>{escape(c.title)}</strong>'
        f"{byline(c, words, c.standing)}</p>{kept(c)}</li>"
        for c in answer.citations
    )
    return f'<ol class="yj-quoted" aria-label="{words.sources}">{items}</ol>' if items else ""


def _checks(answer: Answer, words: Words) -> str:
    """What was checked, by name."""
    told = []
    if answer.verdict is not None and answer.verdict.ok and answer.citations:
        told.append(words.quotes_checked)
    if answer.figures and all(figure.verified for figure in answer.figures):
        told.append(words.figures_checked)
    # Of an answer that isn't sure the same was checked, but nothing on it may look like a seal of approval.
    kind = "yj-ok" if answer.sure and answer.status == "answered" else "yj-plainly"
    return "".join(f'<span class="yj-badge {kind}">{text}</span>' for text in told)


def _footer(turn: Shown, answer: Answer, words: Words, *, read_only: bool) -> str:
    engine = words.extractive if answer.engine == "extractive" else words.written_by(escape(answer.engine))
    about = f"{_checks(answer, words)}<span>{engine if answer.status == 'answered' else ''}</span>"
    copy = (
        f'<button type="button" class="yj-copy" data-copy="{escape(copied(answer, words))}" '
        f'data-done="{words.copied}">{words.copy}</button>'
    )
    actions = copy
    if turn.turn_id and not read_only:
        actions += _menu(words) + _judging(turn, words)
        actions += ask_button(turn.question, "yj-copy", words.retry, cut=turn.turn_id)
    done = f'<div class="yj-actions">{actions}</div>'
    return f'<footer class="yj-about"><div class="yj-checks">{about}</div>{done}</footer>'


def _menu(words: Words) -> str:
    items = "".join(f'<button type="button" data-take="{form}">{label}</button>' for form, label in words.forms.items())
    return (
        f'<details class="yj-menu"><summary class="yj-copy">{words.take_along}</summary>'
        f'<div class="yj-menu-list">{items}<button type="button" data-share>{words.share}</button></div></details>'
    )


def _judging(turn: Shown, words: Words) -> str:
    def button(good: bool, label: str) -> str:
        pressed = "true" if turn.feedback is good else "false"
        return (
            f'<button type="button" class="yj-copy" data-judge="{"good" if good else "bad"}" '
            f'aria-pressed="{pressed}">{label}</button>'
        )

    return button(True, words.good) + button(False, words.bad)
