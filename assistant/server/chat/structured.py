"""Structured: an answer in the JSON that a client wants, each value something that the answer really has

A schema's properties are known by what they are called: `answer`, `sources`, `value`, `unit`, `confidence` … What isn't
known, or isn't in the answer, is told; nothing is made up.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from assistant.answers import Answer, AnswerFigure, Citation
from assistant.server.chat.schemas import MAX_DEPTH, NotFittingError, RecursionEndsError, Schema, Steps
from assistant.server.requests import said


@dataclass(frozen=True, slots=True)
class _Of:
    """What a value is taken from."""

    answer: Answer
    steps: Steps
    link: Callable[[Citation], str]
    citation: Citation | None = None
    figure: AnswerFigure | None = None
    under: frozenset[str] = frozenset(["#"])
    """The references of the schema that this one stands under."""
    depth: int = 0

    @property
    def one_figure(self) -> AnswerFigure | None:
        """The figure that is meant; of several none is."""
        distinct = {(each.value, each.unit): each for each in self.answer.figures if each.verified}
        return self.figure or (next(iter(distinct.values())) if len(distinct) == 1 else None)

    @property
    def one_citation(self) -> Citation | None:
        return self.citation or (self.answer.citations[0] if self.answer.citations else None)


def _yes_or_no(of: _Of) -> bool | None:
    said = re.match(r"(是的|可以|能|有|对|yes\b)|(不是|不可以|不能|没有|不|否|no\b)", of.answer.answer, re.IGNORECASE)
    return bool(said[1]) if said and of.answer.status == "answered" else None


_Value = str | bool | Decimal | None
_NAMES: dict[str, tuple[str, Callable[[_Of], _Value]]] = {
    "answer": (
        "answer text content response result reply output message summary finalanswer answertext conclusion description"
        " explanation 答案 回答 回复 答复 结论 内容 结果 摘要 总结 说明",
        lambda of: of.answer.answer,
    ),
    "question": ("question query 问题 提问", lambda of: of.answer.question),
    "standalone_question": ("standalonequestion", lambda of: of.answer.standalone_question),
    "status": ("status state 状态", lambda of: of.answer.status),
    "notice": ("notice note warning 提示 备注", lambda of: of.answer.notice),
    "sure": ("sure issure certain 可信 可靠", lambda of: of.answer.sure),
    "found": ("found answered isanswered hasanswer answerable 找到 有答案", lambda of: of.answer.status == "answered"),
    "yes": ("yes isyes yesno correct istrue verdict allowed 是否 是 可否", _yes_or_no),
    "confidence": ("confidence score probability 置信度 把握", lambda of: Decimal(str(of.answer.confidence))),
    "value": (
        "value number amount figure 数值 数字 数额 金额",
        lambda of: Decimal(of.one_figure.value) if of.one_figure else None,
    ),
    "unit": ("unit units 单位", lambda of: of.one_figure.unit if of.one_figure else None),
    "metric": ("metric indicator 指标", lambda of: of.one_figure.metric if of.one_figure else None),
    "region": ("region place location area 地区 地方 区域", lambda of: of.one_figure.region if of.one_figure else None),
    "period": ("period year time 年份 时期 时间 期间", lambda of: of.one_figure.period if of.one_figure else None),
    "quote": (
        "quote excerpt evidence snippet passage 原文 引文 依据 摘录 quotes",
        lambda of: of.one_citation.quote if of.one_citation else None,
    ),
    "title": (
        "title source document citation reference doc name file 标题 来源 出处 文件 文件名 文档 sources documents"
        " citations references titles evidence",
        lambda of: of.one_citation.title if of.one_citation else None,
    ),
    "document_id": (
        "documentid docid sourceid id",
        lambda of: of.one_citation.document_id if of.one_citation else None,
    ),
    "url": ("url link uri href 链接 地址", lambda of: of.link(of.one_citation) if of.one_citation else None),
    "publisher": ("publisher issuer author 发布机构 发布单位 机关", lambda of: _of_citation(of, "publisher")),
    "published": ("published date publishedat 发布日期 日期", lambda of: _of_citation(of, "published")),
    "section": ("section heading chapter 章节", lambda of: _of_citation(of, "section")),
    "page": (
        "page pagenumber 页码 页",
        lambda of: Decimal(of.citation.page) if of.citation and of.citation.page else None,
    ),
    "mark": ("mark index no n 编号 序号", lambda of: Decimal(of.citation.number) if of.citation else None),
}
_BY_NAME: dict[str, Callable[[_Of], _Value]] = {
    name: value for names, value in reversed(list(_NAMES.values())) for name in names.split()
}
_IN_SOURCE = dict.fromkeys(("text", "content", "内容"), _BY_NAME["quote"])
_IN_FIGURE: dict[str, Callable[[_Of], _Value]] = {
    "text": lambda of: of.figure.text if of.figure else None,
    "name": _BY_NAME["metric"],
    "label": _BY_NAME["metric"],
}
_ANSWER_ITEMS = frozenset(
    ["items", "points", "list", "steps", "answers", "keypoints", "要点", "条目", "列表", "清单", "步骤", "事项"]
)
_FIGURES = frozenset(["figures", "numbers", "values", "data", "数据", "数字"])
_SOURCES = frozenset(
    [
        "sources",
        "citations",
        "references",
        "documents",
        "evidence",
        "quotes",
        "titles",
        "excerpts",
        "links",
        "urls",
        "来源",
        "出处",
        "引用",
        "依据",
        "文件",
        "原文",
    ]
)


def _of_citation(of: _Of, name: str) -> str | None:
    found = getattr(of.one_citation, name) if of.one_citation else None
    return found or None


def filled(schema: Schema, answer: Answer, link: Callable[[Citation], str]) -> Any:
    """The answer as a value that meets the JSON Schema. Raises NotFittingError."""
    return _filled(schema, "", "", _Of(answer, Steps(schema), link))


_SAMPLE_CITATION = Citation(1, "id", "题", "机构", "2025-01-01", "一", 1, "原文", 0, 2, "原文", 0)
_SAMPLE = Answer(
    "id", "问？", "问？", "answered", "是的。- 5元。[1]", (_SAMPLE_CITATION,),
    (AnswerFigure("5元", "5", "元", "收入", "某市", "2025", "actual", 1, verified=True),), notice="注", confidence=0.9,
)  # fmt: skip


def check(schema: Schema) -> None:
    """Raises NotFittingError where the schema is none, or too large, or wants what no answer has, so that nobody waits
    for one in vain."""
    try:
        filled(schema, _SAMPLE, lambda _: "http://example.org")
    except NotFittingError as error:
        if error.is_of_schema:
            raise


def plain_object(answer: Answer, link: Callable[[Citation], str]) -> dict[str, Any]:
    """The answer as JSON where no schema says which."""
    sources = [
        {"number": each.number, "title": each.title, "quote": each.quote, "url": link(each)}
        for each in answer.citations
    ]
    figures = [
        {"text": each.text, "value": each.value, "unit": each.unit, "metric": each.metric, "period": each.period}
        for each in answer.figures
    ]
    return {
        "answer": answer.answer,
        "status": answer.status,
        "confidence": answer.confidence,
        "sources": sources,
        "figures": figures,
        "notice": answer.notice,
    }


def _filled(schema: Any, name: str, where: str, of: _Of) -> Any:
    if of.depth > MAX_DEPTH:
        why = said(f"最多 {MAX_DEPTH} 层，请减少", f"more than {MAX_DEPTH} levels: make it flatter")
        raise NotFittingError("", why, is_of_schema=True, is_final=True)
    schema, under = of.steps.resolved(schema, where, of.under)
    of = replace(of, under=under, depth=of.depth + 1)
    if options := schema.get("anyOf") or schema.get("oneOf"):
        return _first_of(options, schema, name, where, of)
    kind = schema.get("type") or ("object" if "properties" in schema else "string")
    if isinstance(kind, list):
        return _first_of([{"type": each} for each in kind], schema, name, where, of)
    if "const" in schema:
        return schema["const"]
    if kind == "object":
        return _object(schema, where, of)
    if kind == "array":
        return _array(schema, name, where, of)
    if kind == "null":
        return None
    return _leaf(schema, str(kind), name, where, of)


def _first_of(options: Sequence[Any], schema: Schema, name: str, where: str, of: _Of) -> Any:
    """By the first of the options that fits, each with what stands beside them; null last."""
    beside = {key: value for key, value in schema.items() if key not in ("anyOf", "oneOf")}
    errors: list[NotFittingError] = []
    for option in sorted(options, key=lambda each: isinstance(each, dict) and each.get("type") == "null"):
        try:
            return _filled({**beside, **option} if isinstance(option, dict) else option, name, where, of)
        except NotFittingError as error:
            if error.is_final:
                raise
            errors.append(error)
    raise errors[0]


def _object(schema: Schema, where: str, of: _Of) -> dict[str, Any]:
    required = frozenset(schema.get("required") or ())
    properties = schema.get("properties") or {}
    if properties and schema.get("patternProperties"):
        why = said("patternProperties 不能和 properties 一起用", "patternProperties can't be used beside properties")
        raise NotFittingError(where, why, is_of_schema=True, is_final=True)
    made: dict[str, Any] = {}
    for name, each in properties.items():
        try:
            made[name] = _filled(each, name, f"{where}.{name[:80]}".lstrip("."), of)
        except NotFittingError as error:
            if name in required or error.is_final:
                raise
    if missing := required - set(made):
        shown = min(missing)[:80]
        raise NotFittingError(where, f"{shown!r} is required but not described", is_of_schema=True)
    return made


def _array(schema: Schema, name: str, where: str, of: _Of) -> list[Any]:
    items = schema.get("items") or {"type": "string"}
    key = _key(name)
    parts: list[_Of]
    if key in _SOURCES:
        parts = [replace(of, citation=each) for each in of.answer.citations]
    elif key in _FIGURES:
        parts = [replace(of, figure=each) for each in of.answer.figures if each.verified]
    elif key in _ANSWER_ITEMS:
        lines = [
            line.strip(" -*•\t") for line in of.answer.answer.split("\n") if re.match(r"\s*(?:[-*•]|\d+[.、])", line)
        ]
        parts = [replace(of, answer=replace(of.answer, answer=line)) for line in lines] or [of]
        name = "answer"
    else:
        raise NotFittingError(where, _UNKNOWN.format(name[:80]), is_of_schema=True)
    try:
        found = [_filled(items, name, f"{where}[]", each) for each in parts]
    except RecursionEndsError:
        found = []
    if key in _SOURCES and all(isinstance(each, str) for each in found):
        found = list(dict.fromkeys(found))
    least, most = schema.get("minItems") or 0, schema.get("maxItems")
    if len(found) < least:
        raise NotFittingError(where, f"the answer has {len(found)} of them, {least} are wanted", is_of_schema=False)
    return found if most is None else found[: int(min(most, len(found)))]


_UNKNOWN = (
    "nothing in an answer is known as {!r}; known are answer, question, status, sure, confidence, value, unit, metric, "
    "region, period, sources, quotes, figures, items, and of a source title, quote, url, document_id, publisher, "
    "published, section, page"
)


def _leaf(schema: Schema, kind: str, name: str, where: str, of: _Of) -> Any:
    key = _key(name)
    taken = (_IN_SOURCE if of.citation else _IN_FIGURE if of.figure else {}).get(key) or _BY_NAME.get(key)
    if choices := schema.get("enum"):
        choice = _choice(choices, taken(of) if taken else None, where, of)
        of.steps.hold(schema, choice, where)
        return choice
    if taken is None and kind == "boolean":
        taken = _yes_or_no
    elif taken is None and kind in ("number", "integer"):
        taken = _BY_NAME["value"]  # `income: float` of an answer with one number
    elif taken is None and not name and kind == "string":
        taken = _BY_NAME["answer"]
    if taken is None:
        raise NotFittingError(where, _UNKNOWN.format(name[:80]), is_of_schema=True)
    value = _typed(taken(of), kind, where)
    of.steps.hold(schema, value, where)
    return value


def _typed(value: _Value, kind: str, where: str) -> Any:
    if value in (None, ""):
        raise NotFittingError(where, "the answer has no such value, or more than one", is_of_schema=False)
    if kind == "string":
        return value if isinstance(value, str) else str(value)
    if kind == "boolean" and isinstance(value, bool):
        return value
    if kind in ("number", "integer") and not isinstance(value, bool):
        number = Decimal(value) if re.fullmatch(r"-?\d+(?:\.\d+)?", str(value)) else None
        if number is not None and number == number.to_integral_value():
            return int(number)
        if number is not None and kind == "number":
            return float(number)
    raise NotFittingError(where, f"what the answer has is no {kind}", is_of_schema=False)


def _choice(choices: Sequence[Any], value: _Value, where: str, of: _Of) -> Any:
    """The one of several values that the answer has, or says."""
    for each in choices:
        if each == value and isinstance(each, bool) == isinstance(value, bool):
            return each
    said = [each for each in choices if isinstance(each, str) and each and each in of.answer.answer]
    if len(said) == 1:
        return said[0]
    raise NotFittingError(where, f"the answer says none of {str(choices)[:200]}, or several", is_of_schema=False)


def _key(name: str) -> str:
    return re.sub(r"[\W_]", "", name).lower()
