"""The same of an English question: which documents there are, how many, of when, by whom, on what."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from assistant.question.holdings import Holdings, Order, State, Taken, Wanted

_PAPERS = {
    "notice": "通知", "announcement": "公告", "plan": "方案", "regulation": "条例", "report": "报告", "opinion": "意见",
    "bulletin": "公报", "communique": "公报", "minute": "纪要", "measure": "办法", "rule": "规定", "law": "法",
}  # fmt: skip
_ENGLISH_HEAD = re.compile(
    rf"\b(?P<paper>document|file|paper|{'|'.join(_PAPERS)})s?\b|\b(?P<place>folder|library|collection|corpus)\b", re.I
)
_ENGLISH = tuple(
    (name, re.compile(pattern, re.I))
    for name, pattern in {
        "subject": r"what (?:is|are) .{0,40}?\babout\W*$|what .{0,20}?(?:topics|subjects)\b.*$",
        "unread": (
            r"(?:could(?: not|n't)|can(?:not|'t)|failed to) (?:be )?(?:read|parsed?|opened|indexed?|loaded)|unreadable"
        ),
        "issuers": (
            r"\bwho (?:issued|published|released|wrote)\b|\b(?:which|what) (?:bodies|offices|departments|agencies"
            r"|authorities)\b.{0,20}?(?:issued|published|released)"
        ),
        "count": r"\bhow many\b|\bnumber of\b",
        "exists": r"\b(?:is|are) there (?:any|an?)?\b|\bdo (?:you|we) have (?:any|an?)\b",
        "added": r"\b(?:last|latest|most recently|recently) (?:added|indexed|uploaded|imported)\b",
        "newest": r"\b(?:newest|latest|most recent(?:ly (?:issued|published))?)\b",
        "oldest": r"\b(?:oldest|earliest|first (?:issued|published))\b",
        "longest": r"\blongest\b",
        "shortest": r"\bshortest\b",
        "ended": r"\b(?:no longer (?:in force|valid)|repealed|abolished|expired|invalid|lapsed)\b",
        "holds": r"\b(?:still |currently )?(?:in force|valid|in effect|effective)\b",
        "undated": r"\b(?:undated|without (?:a |any )?dates?|(?:have|has|with) no dates?)\b",
        "issued": r"\b(?:issued|published|released|dated|from|written)\b",
        "which": r"\b(?:which|what|list|show(?: me)?|name|give me|tell me)\b",
    }.items()
)
_ARGUMENT = re.compile(
    r"\b(?:(?P<mention>mention|refer to|contain|include|cite)(?:s|ing|ed)?"
    r"|(?P<about>about|on|concerning|regarding|related to|dealing with)"
    r"|(?P<issuer>(?:issued|published|released|written) by|by|from(?= the| [A-Z])))"
    r" (?:the (?:words? |terms? )?)?(?P<what>[^?.,;]+?)(?=\W*$| (?:from|in|of|since|after|before|issued|published) )"
)
_ENGLISH_BOUND = re.compile(r"\b(?P<bound>since|after|before|until|in|of|from|during)(?: the year)? $", re.I)
_ENGLISH_PARTICLES = re.compile(
    r"(?:the|of|in|are|is|was|were|did|do|does|you|we|have|has|been|that|this|these|those|all|any|there|here|please|our|your|me|and|a|an|it|"
    r"to|by|for|on|with|held|hold|stored|indexed|available|year|be|had|since|after|before|during|"
    r"name|names|title|titles|one|ones)?"
)


def holdings_in_english(text: str, *, today: str) -> Holdings | None:
    """The same of an English question."""
    taken = Taken(text)
    made = Holdings(measure="")
    for found in _ARGUMENT.finditer(text):
        what = found["what"].strip(" \"'“”‘’")
        if re.fullmatch(r"(?:19|20)\d\d", what) or not taken.take("argument", found.span()):
            continue
        if found["mention"]:
            made = replace(made, mentioned=what)
        else:
            made = replace(made, about=what) if found["about"] else replace(made, issuer=what)
    now = date.fromisoformat(today)
    for year in re.finditer(r"\b(?:19|20)\d\d\b|\b(?:this|last) year\b", text):
        number = int(year[0]) if year[0].isdigit() else now.year - (year[0].lower() == "last year")
        bound = _ENGLISH_BOUND.search(text[: year.start()])
        word = bound["bound"].lower() if bound else ""
        first = date.min if word in ("before", "until") else date(number + (word == "after"), 1, 1)
        last = date.max if word in ("since", "after") else date(number - (word == "before"), 12, 31)
        if taken.take("when", (bound.start() if bound else year.start(), year.end())):
            made = replace(made, within=(first, last), when=f"{word} {year[0]}".strip())
    for name, pattern in _ENGLISH:
        taken.all(name, pattern)
    heads = [found for found in _ENGLISH_HEAD.finditer(text) if taken.take("head", found.span())]
    if not heads and not taken.has("subject"):
        return None
    if any(
        re.search("[A-Za-z一-鿿]", re.sub(rf"\b{_ENGLISH_PARTICLES.pattern}\b", "", left, flags=re.I))
        for left, _, _ in taken.rest()
    ):
        return None
    if taken.has("subject") and not _ENGLISH_HEAD.search(text):
        return None
    wanted: tuple[Wanted, ...] = ("subject", "unread", "issuers", "count", "exists")
    states: tuple[State, ...] = ("ended", "holds")
    orders: tuple[Order, ...] = ("added", "newest", "oldest", "longest", "shortest")
    order: Order = next((each for each in orders if taken.has(each)), "")
    several = any(found["paper"] and found[0].lower().endswith("s") for found in heads)
    if not taken.has("which", "count", "exists", "issuers", "unread", "subject") and not order:
        return None
    kinds = tuple(_PAPERS[found["paper"].lower()] for found in heads if (found["paper"] or "").lower() in _PAPERS)
    return replace(
        made,
        wanted=next((each for each in wanted if taken.has(each)), "list"),
        state=next((each for each in states if taken.has(each)), ""),
        kinds=kinds,
        order=order,
        most=1 if order and not several else None,
        undated=taken.has("undated"),
        surely=not kinds,
    )
