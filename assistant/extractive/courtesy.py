"""Courtesies: what is said to the assistant without asking the documents, greetings and thanks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from assistant.answers import Clarification
from assistant.extractive.compose import Draft
from assistant.library import Library
from assistant.question.question import Question
from sources.figures.figure import Figure
from sources.mentions.periods import label

_MOST_SAMPLES = 3
_MOST_DOCUMENTS = 20
"""Documents that sample questions are looked for in."""
_TITLE_CHARS = 40
_SAID = {
    "hello": re.compile(
        r"(?:请问|你好|您好|大家好|哈喽|嗨|早上好|上午好|中午好|下午好|晚上好|早安|在吗|在么)+(?:[啊呀吗])?"
        r"|h(?:i|ello|ey)(?: there)?|good (?:morning|afternoon|evening)"
    ),
    "thanks": re.compile(
        r"(?:非常|十分|太|多)?(?:谢谢|感谢|多谢|谢啦|谢了|辛苦了?)(?:你|您|啦|了|你们|你的(?:帮助|回答)|您的(?:帮助|回答))*"
        r"|thank(?:s| you)(?: (?:so|very) much| a lot)?|many thanks"
    ),
    "who": re.compile(
        r"(?:请问)?(?:你|您)(?:是谁|是什么|叫什么(?:名字)?|能(?:做|干|帮我做)?(?:些)?什么|会(?:做)?什么|能帮我什么|可以做什么|有什么(?:用|功能))"
        r"|(?:请)?(?:介绍一下)?(?:你|您)自己|怎么(?:使)?用(?:你)?|(?:使用)?帮助"
        r"|who are you|what (?:can|do) you do|help(?: me)?"
    ),
    "bye": re.compile(r"(?:再见|拜拜|回见|晚安|下次见|bye)+(?:了|啦)?|(?:good)?bye(?: bye)?|see you(?: later)?"),
}
_REPLIES = {
    "zh": {
        "hello": "您好！我是有据，只根据文库里的文档回答，每句话都注明出处。",
        "thanks": "不客气！还有要从文档里查的，请接着问。",
        "who": "我是有据：从文库的文档里查找答案，给出原文、出处和数据；文档里没有的会直说没有。",
        "bye": "再见！",
        "ask": "可以这样问：",
        "empty": "文库里还没有文档：请先添加文件或文件夹。",
    },
    "en": {
        "hello": "Hello! I am Youju: I answer from the documents in this library only, and cite every sentence.",
        "thanks": "You are welcome! Ask on if there is more to look up in the documents.",
        "who": "I am Youju: I look up answers in this library's documents, with quotes, sources and figures, and say "
        "so when they have none.",
        "bye": "Goodbye!",
        "ask": "You could ask:",
        "empty": "There are no documents in the library yet: please add a file or a folder.",
    },
}


def answer(question: Question, library: Library) -> Draft | None:
    """The reply to a greeting, to thanks or a farewell; else None.

    Nothing is claimed in it, so nothing is cited.
    """
    words = re.sub(r"[\s，,。.！!？?~～、]+$", "", question.text.strip())
    plain = re.sub(r"[，,！!。~～、]\s*", "", words).casefold()
    kind = next((kind for kind, pattern in _SAID.items() if pattern.fullmatch(plain)), None)
    if kind is None:
        return None
    replies = _REPLIES["zh" if re.search("[一-鿿]", words) else "en"]
    # It leans on nothing that was said before.
    alone = replace(question, standalone=question.text)
    reply = Draft(alone, status="clarify", message=replies[kind], confidence=1.0)
    if kind in ("thanks", "bye"):
        return reply
    samples = tuple(_samples(library))
    gap = " " if replies is _REPLIES["en"] else ""
    ending = f"{replies['ask']}{gap}{' '.join(samples)}" if samples else replies["empty"]
    clarification = Clarification(replies["ask"], samples) if samples else None
    return replace(reply, message=f"{replies[kind]}{gap}{ending}", clarification=clarification)


def _samples(library: Library) -> Iterator[str]:
    """Questions that the library answers: figures that were read for sure, then what a document is about."""
    documents = list(library.documents())
    asked: dict[str, None] = {}
    for info in documents[:_MOST_DOCUMENTS]:
        if figure := next(filter(_is_telling, library.figures(info.id)), None):
            asked.setdefault(f"{label(figure.period)}{figure.region}{figure.key}是多少？")
        if len(asked) == _MOST_SAMPLES - 1:
            break
    yield from asked
    titled = [info.title for info in documents if 4 <= len(info.title) <= _TITLE_CHARS]
    yield from [f"《{title}》主要讲了什么？" for title in titled[: _MOST_SAMPLES - len(asked)]]


def _is_telling(figure: Figure) -> bool:
    return bool(
        figure.status == "actual"
        and figure.region
        and figure.key.endswith(("收入", "产值", "产量", "面积", "人口", "率", "总值", "增加值"))
        and len(figure.key) >= 4
        and len(figure.period) == 4
        and figure.period.isdigit()
        and figure.is_sure()
    )
