"""Feedback, and kept conversations, as evaluation cases: JSON Lines as `youju-eval` reads them, for somebody to approve

    {"id": "feedback-3f2a…", "question": "低保标准是多少？", "type": "feedback", "answer": "每月1100元。",
     "figures": ["1100元"], "docs": ["dibao-2025"], "evidence": ["低保标准为每人每月1100元。"], "approved": false}

An answer that was found good is the right one. One that was not gives its question, and the right answer where its
reader wrote one; what proves that is looked for in the passages that the answer cited.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from pathlib import PurePath
from typing import Any

from assistant.answers import Answer, Citation
from assistant.conversations.records import Conversation, Feedback
from sources.mentions.numerals import quantities
from sources.sentences import clauses, sentences

_MARK = re.compile(r"\[\d+\]")
_SHORTEST = 4
"""Characters of a phrase that tells something."""


def case_of(said: Feedback) -> dict[str, Any]:
    """The case, in the fields of `eval.cases.Case`; what is empty is left out."""
    given = said.answer
    number = hashlib.sha256(f"{said.owner}\0{said.turn_id}".encode()).hexdigest()[:12]
    case: dict[str, Any] = {"id": f"feedback-{number}", "question": said.question, "type": "feedback"}
    if said.history:
        case["history"] = list(said.history)
    right = said.rating.right_answer.strip()
    if right:
        case |= _by_reader(right, given.citations if given else ())
    elif said.rating.good and given is not None and given.status == "answered":
        case |= _as_given(given)
    elif said.rating.good and given is not None and given.status == "not_found":
        case |= {"type": "unanswerable", "answerable": False}
    return {name: value for name, value in case.items() if value not in ("", [])} | {"approved": False}


def cases_of(kept: Conversation) -> Iterator[dict[str, Any]]:
    """A case of each answered question of a conversation that nobody has said anything of, with what was asked before.
    What was not found is a question alone: whether it could have been answered is for somebody to say."""
    before: list[str] = []
    for turn in kept.turns:
        if turn.answer is not None and turn.feedback is None:
            case: dict[str, Any] = {"id": f"conversation-{turn.id[:12]}", "question": turn.question}
            case |= {"type": "conversation", "history": list(before)}
            case |= _as_given(turn.answer) if turn.answer.status == "answered" else {}
            yield {name: value for name, value in case.items() if value not in ("", [])} | {"approved": False}
        before.append(turn.question)


def as_line(said: Feedback) -> str:
    """The case as one line of JSON."""
    return json.dumps(case_of(said), ensure_ascii=False)


def _as_given(answer: Answer) -> dict[str, Any]:
    proved = [figure.text for figure in answer.figures if figure.verified]
    text = " ".join(_MARK.sub("", answer.answer).split())
    return {
        "answer": text,
        "figures": _once(proved),
        "must_include": [] if proved else _phrases(text, answer.citations),
        "docs": _once(map(_document, answer.citations)),
        "evidence": _once(citation.quote for citation in answer.citations),
    }


def _by_reader(right: str, citations: Iterable[Citation]) -> dict[str, Any]:
    figures = _once(quantity.text for quantity in quantities(right))
    phrases = [] if figures else _phrases(right, citations)
    wanted = figures or [phrase for (phrase,) in phrases]
    proofs = [
        (citation, citation.passage[start:end])
        for citation in citations
        for start, end in sentences(citation.passage)
        if any(phrase in citation.passage[start:end] for phrase in wanted)
    ]
    return {
        "answer": right,
        "figures": figures,
        "must_include": phrases,
        "docs": _once(_document(citation) for citation, _ in proofs),
        "evidence": _once(sentence for _, sentence in proofs),
    }


def _phrases(text: str, citations: Iterable[Citation]) -> list[list[str]]:
    """Of each clause of an answer, the longest words that it shares with a passage."""
    passages = [citation.passage for citation in citations]
    found = []
    for start, end in clauses(text):
        shared = max((_shared(text[start:end], passage) for passage in passages), key=len, default="")
        if len(shared) >= _SHORTEST:
            found.append(shared)
    return [[phrase] for phrase in _once(found)]


def _shared(clause: str, passage: str) -> str:
    match = SequenceMatcher(None, clause, passage, autojunk=False).find_longest_match()
    return clause[match.a : match.a + match.size].strip(" ，。；：、！？")


def _document(citation: Citation) -> str:
    """A document's name as cases write it."""
    return PurePath(citation.uri).stem if citation.uri else citation.title


def _once(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(text for text in texts if text))
