"""An assistant that says what it is told to, over two small documents: for the tests of what stands in front of one."""

from __future__ import annotations

import atexit
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from assistant.answers import SURE, Answer, AnswerFigure, Citation, Clarification, Nearest, Turn
from assistant.config import Config
from index.catalog.rows import DocumentInfo, Source
from index.filters import OPEN, Filter
from index.hits import Hit
from index.standing import Standings
from index.upkeep.jobs import Job, State
from sources.documents import Document, Section, Unread
from sources.figures.figure import Figure
from sources.passages import Passage

INCOME = """云栖市2025年国民经济公报
一、综合
全市经济平稳运行。全年地区生产总值1234.5亿元，比上年增长5.6%。
二、居民收入
- 城镇居民人均可支配收入81200元，增长4.3%。
- 农村居民人均可支配收入54321元，增长6.1%。
| 指标 | 2024年 | 2025年 |
|---|---|---|
| 城镇 | 77852元 | 81200元 |
| 农村 | 51198元 | 54321元 |
城乡居民收入比为1.49。
三、说明
本公报数据为初步统计数。"""
PLAN = """<script>window.hacked = 1</script>云栖市“十五五”规划<img src=x onerror="window.hacked = 2">
到2030年，力争农村居民人均可支配收入超过<b>70000元</b>。"""


def document(document_id: str, text: str, *, publisher: str | None = None, published: str | None = None) -> Document:
    """A document whose lines that start with 一、 and the like head its sections."""
    heads = [(at, line) for at, line in _lines(text) if line[:2] in {"一、", "二、", "三、"}]
    ends = [at - 1 for at, _ in heads[1:]] + [len(text)] * bool(heads)
    sections = tuple(Section(line, 1, at, end, (line,)) for (at, line), end in zip(heads, ends, strict=True))
    title = text.split("\n", 1)[0]
    sha256 = document_id.ljust(64, "0")
    return Document(document_id, title, text, f"{document_id}.txt", sha256, publisher, published, sections=sections)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    at = 0
    for line in text.split("\n"):
        yield at, line
        at += len(line) + 1


def cite(number: int, of: Document, quote: str) -> Citation:
    """A citation of `quote` where it first stands in the document, its line for a passage."""
    start = of.text.index(quote)
    end = start + len(quote)
    line_start = of.text.rfind("\n", 0, start) + 1
    line_end = (of.text + "\n").index("\n", end)
    section = of.section_at(start)
    return Citation(
        number=number,
        document_id=of.id,
        title=of.title,
        publisher=of.publisher,
        published=of.published,
        section=section.heading if section else "",
        page=None,
        quote=quote,
        start=start,
        end=end,
        passage=of.text[line_start:line_end],
        passage_start=line_start,
        uri=of.uri,
    )


BULLETIN = document("aaaa1111", INCOME, publisher="云栖市统计局", published="2026-02-10")
HOSTILE = document("bbbb2222", PLAN)
RURAL = Answer(
    id="answer-1",
    question="2025年云栖农村居民收入是多少？",
    standalone_question="2025年云栖农村居民收入是多少？",
    status="answered",
    answer="2025年云栖市农村居民人均可支配收入54321元。[1]城乡居民收入比为1.49。[2]",
    citations=(
        cite(1, BULLETIN, "农村居民人均可支配收入54321元，增长6.1%。"),
        cite(2, BULLETIN, "城乡居民收入比为1.49。"),
    ),
    figures=(
        AnswerFigure("54321元", "54321", "元", "农村居民人均可支配收入", "云栖市", "2025", "actual", 1, verified=True),
    ),
    confidence=0.9,
    timings_ms={"retrieve": 2.0, "answer": 1.0},
)
UNSURE = replace(
    RURAL,
    id="answer-5",
    question="云栖市最低工资是多少？",
    standalone_question="云栖市最低工资是多少？",
    confidence=SURE - 0.1,
    doubts=("最低工资",),
)
NOT_FOUND = Answer(
    id="answer-2",
    question="2019年云栖农村居民收入是多少？",
    standalone_question="2019年云栖农村居民收入是多少？",
    status="not_found",
    answer="没有找到2019年云栖农村居民收入。",
    citations=(cite(1, BULLETIN, "| 农村 | 51198元 | 54321元 |"),),
    nearest=(Nearest("文件中有2024年和2025年的数字", 1),),
)
CLARIFY = Answer(
    id="answer-3",
    question="居民收入是多少？",
    standalone_question="居民收入是多少？",
    status="clarify",
    answer="文件中有城镇和农村两种居民收入，您想问哪一种？",
    clarification=Clarification(
        "文件中有城镇和农村两种居民收入，您想问哪一种？", (RURAL.question, "城镇居民收入是多少？")
    ),
)
ATTACK = Answer(
    id="answer-4",
    question="<img src=x onerror='window.hacked = 3'>目标？",
    standalone_question="<b>目标</b>？",
    status="answered",
    answer="<script>window.hacked = 4</script>目标是超过<b>70000元</b>。[1][7]",
    citations=(cite(1, HOSTILE, "力争农村居民人均可支配收入超过<b>70000元</b>。"),),
    figures=(AnswerFigure("<i>7万</i>", "70000", "元", "<u>收入</u>", "", "2030", "target", 1, verified=False),),
    notice="<em>改用摘录</em>",
    engine="<model>",
)


BROKEN = "会出错的问题？"
SLOW = "写得很慢的问题？"


@dataclass(frozen=True)
class Failure:
    """A question that goes wrong after `after` was written."""

    error: Exception
    after: str = ""


class FakeJobs:
    """Those given, by their numbers."""

    def __init__(self, *jobs: Job) -> None:
        self.held = {job.number: job for job in jobs}

    def all(self) -> list[Job]:
        return sorted(self.held.values(), key=lambda job: -job.number)

    def under_way(self) -> list[Job]:
        return [job for job in self.held.values() if not job.has_ended]

    def get(self, number: int) -> Job:
        return self.held[number]

    def cancel(self, number: int) -> bool:
        return self._become("cancelled", number, ("queued", "running"))

    def retry(self, number: int) -> bool:
        return self._become("queued", number, ("failed", "cancelled"))

    def _become(self, state: State, number: int, possible: Sequence[str]) -> bool:
        if self.held[number].state not in possible:
            return False
        self.held[number] = replace(self.held[number], state=state)
        return True


class FakeLookups:
    """The figures it is given."""

    def __init__(self, figures: Sequence[Figure]) -> None:
        self._figures = figures

    def figures(self, document_id: str) -> tuple[Figure, ...]:
        return tuple(figure for figure in self._figures if figure.document_id == document_id)

    def store(
        self, *, region: str | None = None, status: str | None = None, keys: Sequence[str] | None = None
    ) -> list[Figure]:
        return [
            figure
            for figure in self._figures
            if (region is None or figure.region == region)
            and (status is None or figure.status == status)
            and (keys is None or figure.key in keys)
        ]


class FakeIndex:
    """Two documents, or those given, with the figures given."""

    def __init__(self, documents: Sequence[Document] = (BULLETIN, HOSTILE), *, figures: Sequence[Figure] = ()) -> None:
        self.held = {document.id: document for document in documents}
        self.passed_over: list[Unread] = []
        self.known: list[Source] = []
        self.jobs = FakeJobs()
        self.lookups = FakeLookups(figures)

    def document(self, document_id: str, *, whole: bool = False) -> Document:
        return self.held[document_id]

    def sources(self) -> list[Source]:
        return self.known

    def registered(self) -> list[Source]:
        return self.known

    def counts(self) -> tuple[int, int, int]:
        return len(self.held), 0, len(self.held)

    @contextmanager
    def seen(self, through: Filter) -> Iterator[None]:
        """Knows no filter but the one by ids."""
        held = self.held
        self.held = {key: own for key, own in held.items() if through.documents is None or key in through.documents}
        yield
        self.held = held

    def documents(self) -> list[DocumentInfo]:
        return [
            DocumentInfo(d.id, d.title, d.uri, d.publisher, d.published, characters=len(d.text), passages=1)
            for d in self.held.values()
        ]

    def standings(self) -> Standings:
        return Standings(self.documents(), ())

    def unread(self) -> list[Unread]:
        return self.passed_over

    def status(self) -> Status:
        return Status(documents=len(self.held))

    def revision(self) -> int:
        return 7


@dataclass(frozen=True)
class Status:
    documents: int
    generation: str | None = "generation-1"
    embedder: str = "static:fake"


@cache
def _folder() -> str:
    """Where the assistants of this process keep what they keep; gone with it."""
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


class FakeAssistant:
    """Answers what it knows, and "not found" to the rest; remembers what it was asked."""

    def __init__(
        self,
        answers: Sequence[Answer] = (RURAL, NOT_FOUND, CLARIFY, ATTACK),
        *,
        failures: Mapping[str, Failure] = {},
        index: FakeIndex | None = None,
    ) -> None:
        self.index = index or FakeIndex()
        self.config = Config(data_dir=Path(tempfile.mkdtemp(dir=_folder())))
        self.name = "云栖文件"
        self.asked: list[tuple[str, tuple[Turn, ...]]] = []
        self.quoted: list[bool] = []
        """Of each call of `ask`, whether it was to be without a model."""
        self.filters: list[Filter] = []
        """What each question and search was limited to."""
        self.drafts: dict[str, str] = {}
        """What is streamed for a question where it isn't the answer's text."""
        self.piece_s = 0.0
        """How long each piece takes."""
        self.ended = threading.Event()
        """Set when a stream was closed or used up."""
        self._answers = {answer.question: answer for answer in answers}
        self._failures = failures

    is_sample = False
    takes_uploads = True

    @property
    def gathering(self) -> FakeIndex:
        return self.index

    def ask(
        self, question: str, *, history: Sequence[Turn] = (), through: Filter = OPEN, quoted: bool = False
    ) -> Answer:
        self.quoted.append(quoted)
        *_, last = self.stream(question, history=history, through=through)
        assert isinstance(last, Answer)
        return last

    def stream(self, question: str, *, history: Sequence[Turn] = (), through: Filter = OPEN) -> Iterator[str | Answer]:
        self.asked.append((question, tuple(history)))
        self.filters.append(through)
        self.ended.clear()
        try:
            if failure := self._failures.get(question):
                if failure.after:
                    yield failure.after
                raise failure.error
            answer = self._answers.get(question) or replace(
                NOT_FOUND, question=question, standalone_question=question, nearest=(), citations=()
            )
            draft = self.drafts.get(question, answer.answer)
            for at in range(0, len(draft), 6):
                time.sleep(self.piece_s)
                yield draft[at : at + 6]
            yield answer
        finally:
            self.ended.set()

    def search(self, query: str, *, k: int = 10, through: Filter = OPEN) -> list[Hit]:
        self.filters.append(through)
        start = INCOME.index("全市")
        text = INCOME[start : start + 9]
        passage = Passage(f"{BULLETIN.id}:{start}-{start + 9}", BULLETIN.id, text, start, start + 9, "一、综合")
        return [Hit(passage, score=0.5, dense=0.4, lexical=3.0)][:k]

    def close(self) -> None:
        pass
