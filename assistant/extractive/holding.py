"""Holding: whether a document is still in force, until when, by what it ended; and a word on those cited that aren't.

《……办法》还有效吗？    云政办发〔2019〕25号作废了没有？    这个办法什么时候到期？
"""

from __future__ import annotations

import re
from dataclasses import replace

from assistant.extractive.compose import Draft, Line, Quote, Row, as_sentence
from assistant.extractive.statements import printed_date, unnumbered
from assistant.library import Library
from assistant.question.question import Question
from index.standing import Bound, Ground, Standing
from sources.mentions.titles import name_of
from sources.relations import heading_of
from sources.sentences import Span, clauses, sentences, unmarked

_STOPPED = "作废|废止|失效|过期|到期|停止执行|停用|取消"
_ASKS = re.compile(
    rf"(?:生效|施行|实施)了?(?:吗|么|没有|没|不)|(?:管不管用|有没有效)|(?:有效|管用|作数|能用|可用|适用|算数|现行|在执行|有效力|执行)(?:的)?(?:吗|么|没有|不|与否)"
    rf"|(?:{_STOPPED}|被废)(?:了)?(?:吗|没有|没|么|不|吧|与否)|(?:是否|是不是|有没有|有无)(?:还|仍然?|继续|已经?|被)*(?:有效|现行|适用|执行|{_STOPPED})"
    rf"|(?:什么时候|何时|哪一?[天年日]|几时)(?:被|才|会)?(?:{_STOPPED})|(?:还|仍)(?:能|可以|在|继续)?(?:不能|不可以)?(?:用|执行|施行|参照|申请|享受|领取?|办理?)(?:吗|么)"
    rf"|(?:能不能|可不可以|能否|可否)(?:再|还|继续)?(?:用|执行|参照)|有效期(?:限)?(?:到|至|截至|截止|是|为|有多|多)"
    rf"|(?:被|由)(?:什么|哪)[^，。？]{{0,6}}(?:废止|代替|取代)|(?:{_STOPPED})(?:的)?(?:时间|日期)"
)
_ASKS_WHEN = re.compile("什么时候|何时|哪一?[天年日]|几时|有效期|时间|日期")
_SAYS = re.compile(
    r"(?:自|从)[^。；\n]{1,30}?起(?:正式)?(?:施行|实施|生效|执行|试行)|有效期|试行期|之日起(?:施行|实施|执行|生效|试行)"
)
_STOPS = re.compile(f"{_STOPPED}|停止|不再|代替|取代|撤销|延长|延续")
_SINCE = re.compile("自[^，。]{2,16}起")
_SINCE_A_DAY = re.compile(r"自[^，。]{0,8}\d[^，。]{0,8}起")
_LEADS = {"现行": "现行有效", "已废止": "已废止", "已过期": "已过期", "尚未施行": "尚未施行"}
_CONFIDENCE = 0.9


def answer(question: Question, library: Library) -> Draft | None:
    """Whether the document that the question names holds, by whose words; None where it doesn't ask that."""
    scope = library.scope
    if not _ASKS.search(question.text):
        return None
    standings = library.standings()
    if scope is None:
        called = [each for each in standings.told_of(question.standalone) if each.relation.kind != "amends"]
        return Draft(question, (of_unknown(called[0], library),), _CONFIDENCE) if called else None
    if scope.unknown and not scope.documents:
        name = scope.unknown[0]
        said = [
            each for each in standings.about(title=name.title, number=name.number) if each.relation.kind != "amends"
        ]
        return Draft(question, (of_unknown(said[0], library),), _CONFIDENCE) if said else None
    lines: list[Line] = []
    words: list[str] = []
    for document_id in sorted(scope.named):
        own = standings.of(document_id, library.today())
        if own is not None and (line := _line(own, library)):
            lines.append(line)
            if own.holds and not _ASKS_WHEN.search(question.text):
                # Of a document's title and its sentence that name this one, the sentence, which comes last.
                amended = {
                    each.source.id: each for each in standings.upon(document_id) if each.relation.kind == "amends"
                }
                lines += [_amended(each, library) for each in amended.values()]
                words += [_changed_by(each) for each in amended.values()]
    return Draft(question, tuple(lines), _CONFIDENCE, notice="；".join(words) or None) if lines else None


def noted(draft: Draft, library: Library) -> Draft:
    """The draft with a word on each document that it cites and that doesn't hold."""
    if draft.status != "answered":
        return draft
    standings, words = library.standings(), []
    for document_id in dict.fromkeys(_cited(draft)):
        own = standings.of(document_id, library.today()) if standings.knows(document_id) else None
        told = own is not None and any(isinstance(line, Line) and own.state in line.text for line in draft.lines)
        if own is not None and not own.holds and not told:
            words.append(f"《{name_of(standings.title(document_id))}》{own.in_words}")
    notice = "；".join(filter(None, [draft.notice, *words]))
    return replace(draft, notice=notice or None)


def _cited(draft: Draft) -> list[str]:
    quotes = [
        quote
        for line in draft.lines
        for part in (line.cells if isinstance(line, Row) else (line,))
        for quote in part.quotes
    ]
    return [quote.passage.document_id for quote in quotes]


def _line(own: Standing, library: Library) -> Line | None:
    """The standing with the words that say so; None where none do."""
    lead = _LEADS[own.state]
    if own.ground is not None:
        return _by(lead, own.ground, library)
    extended = [each for each in library.standings().upon(own.document_id) if each.relation.kind == "extends"]
    if extended and own.state != "已废止":
        return _by(lead, extended[-1].ground, library)
    told_by = own.by if own.state == "已废止" and own.by else own.document_id
    span = _says(library.document(told_by).text)
    if span is None:
        return None
    quote = Quote(library.passage_at(told_by, span[0]), *span)
    words = as_sentence(library.document(told_by).text[slice(*span)])
    if told_by != own.document_id:
        lead = f"{lead}，{own.why}"
    return Line(f"{lead}：{words}", (quote,), known=(lead,))


def of_unknown(said: Bound, library: Library) -> Line:
    """What is said of a document that the library doesn't have."""
    lead = {"repeals": "已废止", "expires": "已失效", "extends": "有效期已延长"}[said.relation.kind]
    if said.relation.kind != "extends" and said.since > library.today():
        lead = "尚未废止"
    return _by(lead, said.ground, library)


def _by(lead: str, ground: Ground, library: Library) -> Line:
    """The words that say so, with the heading of the list that they stand in, and since when that is."""
    document = library.document(ground.document_id)
    text = document.text
    own = unnumbered(text, (ground.start, ground.end))
    spans: list[Span] = [own]
    head = heading_of(text, ground.start)
    says_so = _STOPS.search(re.sub("《[^》]*》", "", text[slice(*own)]))
    if head and (not says_so or _SINCE_A_DAY.search(text[slice(*head)])):
        spans.insert(0, unmarked(text, head))
    holds = _begins(text) if document.in_force else None
    if holds and not holds[0] <= ground.start < holds[1] and not _SINCE.search(text[slice(*own)]):
        spans.insert(0, holds)
    words = "，".join(_words(text, span) for span in spans).replace("：，", "：")
    told = any(_SINCE_A_DAY.search(text[slice(*span)]) for span in spans)
    dated = None if told or document.in_force or "延" in text[slice(*own)] else printed_date(text, document.published)
    if dated:
        spans.append(dated)
        lead = f"{lead}（{text[slice(*dated)]}公布）"
    quotes = tuple(Quote(library.passage_at(document.id, start), start, end) for start, end in spans)
    return Line(as_sentence(f"{lead}：{words}"), quotes)


def _words(text: str, span: Span) -> str:
    return " ".join(text[slice(*span)].split()).rstrip("，,；;。")


def _amended(bound: Bound, library: Library) -> Line:
    text = library.document(bound.source.id).text
    start, end = bound.relation.start, bound.relation.end
    quote = Quote(library.passage_at(bound.source.id, start), start, end)
    return Line(as_sentence(text[start:end]), (quote,))


def _changed_by(bound: Bound) -> str:
    number = f"（{bound.source.number}）" if bound.source.number else ""
    return f"{f'自{bound.since}起' if bound.since else ''}由《{name_of(bound.source.title)}》{number}修改"


def _begins(text: str) -> Span | None:
    """The clause in which a document says from when it holds."""
    said = _says(text)
    parts = clauses(text, *said) if said else []
    return next((span for span in parts if _SINCE.search(text[slice(*span)])), None)


def _says(text: str) -> Span | None:
    """The sentence in which a document says from when or until when it holds."""
    spans = [(start, end) for start, end in sentences(text) if _SAYS.search(text[start:end])]
    both = [span for span in spans if re.search("有效期|试行期", text[slice(*span)])]
    chosen = (both or spans)[-1:]
    return unmarked(text, chosen[0]) if chosen else None
