"""The assistant: a question in, an answer with evidence out.

with Assistant.open("我的文件夹") as youju:
    print(youju.ask("租房补贴每月多少元？").answer)
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Unpack

from anyio import to_thread

from assistant.again import Again
from assistant.answers import Answer, Language, Turn
from assistant.citations import in_sheet, standing_in
from assistant.config import MAX_QUESTION_CHARS, Config, load
from assistant.doubts import doubts, spoken_of
from assistant.extractive.answerers import ANSWER_WITHOUT_A_MODEL, NOT_LEFT_TO_A_MODEL, finished, first
from assistant.extractive.answerers import answer as extract
from assistant.library import Library, Search
from assistant.question.conversation import recent, understood_as, wants_answer
from assistant.question.question import Question, with_names
from assistant.scope import in_words, scoped
from assistant.threads import each
from index.embedders.registry import load_embedder, recalled
from index.embedders.succession import Succession, automatic
from index.figures import FoundFigure, Sought
from index.filters import OPEN, Filter
from index.hits import Hit
from index.index import Index
from index.queries.spelling import Slip
from index.tables import FoundTable, speaks_of, tables_of
from index.upkeep.progress import Progress
from index.upkeep.updates import Update

if TYPE_CHECKING:
    from assistant.written.writer import ModelAnswerer
    from index.embedders.embedder import Embedder

SAMPLE_LIBRARY = Path(__file__).parents[1] / "sources" / "library"
_MAX_HISTORY_TOKENS = 1500
"""How much of a conversation is looked at, counted from its end."""
_SPEAKS_OF = 0.6
"""How much of a question's own words an answer must speak of to be one to it."""


class Assistant:
    """Answers questions from one index. Safe to use from several threads; `aask`, `astream` … are for event loops.

    `Assistant.open(…)` makes one; close it, or use it in a `with`."""

    @classmethod
    def open(
        cls,
        *sources: str | Path,
        config: Config | None = None,
        data_dir: str | Path | None = None,
        model: str | None = None,
        base_url: str | None = None,
        api_key: str | None = None,
        progress: Callable[[Progress], None] | None = None,
    ) -> Assistant:
        """An assistant over these files and folders, indexed first, which takes a moment; what has not changed since is
        not read again. Without any, over what `youju index` has indexed, or the sample library while that is nothing.

        `data_dir` is where indexes are kept; `model`, `base_url` and `api_key` name the model that writes, none for
        answers of quotes. What isn't given is as the environment says (YOUJU_…); with a `config` all is as it says.
        Raises SourceError where a source can't be read, ValueError for a setting that can't be used."""
        if config is None:
            config = load(
                data_dir=Path(data_dir) if data_dir else None, model=model, base_url=base_url, api_key=api_key
            )
        elif any(given is not None for given in (data_dir, model, base_url, api_key)):
            raise ValueError("config 已经写明全部设置：请去掉 data_dir、model、base_url、api_key，或去掉 config")
        return build(config, sources=[Path(source) for source in sources], progress=progress)

    def __enter__(self) -> Assistant:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __init__(
        self,
        index: Index,
        config: Config,
        *,
        update: Update | None = None,
        name: str = "",
        awaited: Index | None = None,
    ) -> None:
        """`awaited` is answered from in the place of `index` as soon as it holds a document."""
        self.config = config
        self.update = update
        """What bringing the sources up to date did, where `build` did so."""
        self._places = [_Place(index, Library.of(index, partial(self._search, index)), name)]
        self._awaited = awaited
        self._looked = -1
        """The state of it in which it held nothing."""
        self._model = _model_answerer(config)
        self._again = Again()

    def reconfigure(self, config: Config) -> None:
        """Answers as `config` says from the next question on: whether a model writes, which, and where it is.

        Raises ValueError where that model can't be used; then all stays as it was."""
        model = _model_answerer(config)
        self.config, self._model = config, model

    @property
    def index(self) -> Index:
        """The index that is answered from; inside a question the one that it began on."""
        return self._place().index

    @property
    def name(self) -> str:
        """Of the library, for people."""
        return self._place().name

    @property
    def gathering(self) -> Index:
        """The index that documents which people bring come into; while the sample library is answered from, not yet
        the one that answers."""
        awaited = self._awaited
        return awaited or self.index

    @property
    def home(self) -> Path:
        """Where what is indexed from now on is kept."""
        return self.gathering.data_dir

    @property
    def is_sample(self) -> bool:
        """Whether it answers from the sample library, for want of documents of one's own."""
        return self.gathering is not self.index

    @property
    def takes_uploads(self) -> bool:
        """Whether documents can be brought to it: not where it answers from sources that were named for it alone."""
        return self.home == self.config.data_dir

    @property
    def _library(self) -> Library:
        return self._place().library

    def _place(self) -> _Place:
        for place in self._places:
            if place.index.is_held():
                return place
        awaited = self._awaited
        if awaited is not None and (revision := awaited.revision()) != self._looked:
            if awaited.counts()[0]:
                library = Library.of(awaited, partial(self._search, awaited))
                self._places.append(_Place(awaited, library, str(self.config.data_dir)))
                self._awaited = None
            self._looked = revision
        return self._places[-1]

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Turn | Answer] = (),
        through: Filter = OPEN,
        language: Language | None = None,
        quoted: bool = False,
    ) -> Answer:
        """The checked answer, as if there were no documents but those that `through` admits. `history` is what was
        asked before, the oldest first: a follow-up (那2024年呢？) is completed from it.

        A model writes it in `language`, else in the question's; what is quoted keeps its own. With `quoted` it is made
        of quotes, also where a model is configured. Raises ValueError for a question that is empty or longer than
        MAX_QUESTION_CHARS."""
        *_, last = self.stream(question, history=history, through=through, language=language, quoted=quoted)
        assert isinstance(last, Answer)
        return last

    async def aask(
        self,
        question: str,
        *,
        history: Sequence[Turn | Answer] = (),
        through: Filter = OPEN,
        language: Language | None = None,
        quoted: bool = False,
    ) -> Answer:
        """The same as `ask`, awaited. Whoever is cancelled is let go at once."""
        pieces = self.astream(question, history=history, through=through, language=language, quoted=quoted)
        async with aclosing(pieces):
            async for piece in pieces:
                if isinstance(piece, Answer):
                    return piece
        raise AssertionError("a stream ends in its answer")

    def astream(
        self,
        question: str,
        *,
        history: Sequence[Turn | Answer] = (),
        through: Filter = OPEN,
        language: Language | None = None,
        quoted: bool = False,
    ) -> AsyncGenerator[str | Answer, None]:
        """The same as `stream`, awaited."""
        return each(self.stream(question, history=history, through=through, language=language, quoted=quoted))

    async def asearch(self, query: str, *, k: int = 10, through: Filter = OPEN) -> list[Hit]:
        """The same as `search`, awaited."""
        return await to_thread.run_sync(partial(self.search, query, k=k, through=through), abandon_on_cancel=True)

    def stream(
        self,
        question: str,
        *,
        history: Sequence[Turn | Answer] = (),
        through: Filter = OPEN,
        language: Language | None = None,
        quoted: bool = False,
    ) -> Iterator[str | Answer]:
        """Checked pieces of the answer as they come, then the `Answer`, whose text they are together."""
        if len(question) > MAX_QUESTION_CHARS:
            raise ValueError(f"问题有 {len(question)} 个字，超过 {MAX_QUESTION_CHARS} 的上限：请缩短问题")
        clock = _Clock()
        before = [turn.turn() if isinstance(turn, Answer) else turn for turn in history]
        history = recent(before, max_tokens=_MAX_HISTORY_TOKENS)
        # What is indexed meanwhile is for the next question: this one ends on the state that it began with.
        moment = self.index.moment(through)
        try:
            with moment:  # from here on `self.index` is the one whose moment it is
                scope = in_words(through, lambda document: self.index.document(document).title)
                model = None if quoted else self._model
                make = partial(self._made, question, history, clock, language, model)
                state = (question, *history, language), self.index, self._library.today()
                answer = make() if model else self._again.answer(*state, make)
                if isinstance(answer, Answer):
                    answer = replace(answer, timings_ms=clock.timings(), scope=scope)
            if isinstance(answer, Answer):
                yield answer.answer
                yield answer
                return
            for piece in moment.each(answer):
                if isinstance(piece, Answer):
                    yield replace(piece, timings_ms=clock.timings(), scope=scope)
                else:
                    yield piece
        finally:
            moment.close()

    def _made(
        self,
        question: str,
        history: Sequence[Turn],
        clock: _Clock,
        language: Language | None,
        model: ModelAnswerer | None,
    ) -> Answer | Iterator[str | Answer]:
        """The answer, or where a model writes it, its pieces as they come and then the answer."""
        plain, slips = self.index.mended(question)
        # Earlier questions are mended, too: what completes a follow-up is searched as it stands.
        before = [replace(turn, question=self.index.mended(turn.question)[0]) for turn in history]
        if wants_answer(plain, before):
            before = self._told(before)
        timed = clock.timed("retrieve", partial(self._search, self.index))
        own = replace(self._library, search=timed, searching=timed).for_one_question()
        asked = scoped(plain, before, own)
        names = self.index.names_here(asked.question.standalone)
        understood, library = with_names(asked.question, names), asked.library
        draft = first(understood, library, NOT_LEFT_TO_A_MODEL) if model else None
        if model is None or draft is not None:
            answer = finished(draft, library) if draft else extract(understood, library)
            if answer.status == "not_found" and asked.wider:
                question_at_large, everywhere = asked.wider
                answer = extract(with_names(question_at_large, names), everywhere)
            if answer.status == "not_found" and (other := understood_as(plain, before).other):
                # Whether it stands by itself is open: what the documents answer was meant.
                asked = scoped(other, (), own)
                otherwise = extract(with_names(asked.question, self.index.names_here(other)), asked.library)
                answer = otherwise if otherwise.status == "answered" else answer
            if before and plain not in (understood.standalone, understood.whole):
                answer = self._by_itself(plain, answer, own)
            return self._placed(_addressed(_unwritten(answer, understood, language), question, slips))
        written = model.stream(
            replace(understood, language=language or understood.language),
            library.search(understood.standalone),
            document=library.whole or library.document,
            figures=library.figures,
            fallback=lambda: extract(understood, library, answerers=ANSWER_WITHOUT_A_MODEL),
            history=history,
        )
        return (
            self._placed(_addressed(piece, question, slips)) if isinstance(piece, Answer) else piece
            for piece in written
        )

    def _by_itself(self, plain: str, answer: Answer, library: Library) -> Answer:
        """The answer to what was asked, taken by itself, where this one speaks of what it was completed with and hardly
        of its own words: 产业发展补助最高多少钱 after a question for incomes."""
        told = spoken_of(plain, answer)
        if told is None or (answer.status == "answered" and told >= _SPEAKS_OF):
            return answer
        asked = scoped(plain, (), library)
        alone = extract(with_names(asked.question, self.index.names_here(plain)), asked.library)
        is_better = alone.status == "answered" and (spoken_of(plain, alone) or 0) > max(told, _SPEAKS_OF)
        return alone if is_better else answer

    def _told(self, history: Sequence[Turn]) -> list[Turn]:
        """The conversation with the last answer, where a client has sent the questions alone, and those that it rests
        on."""
        *before, last = history
        if wants_answer(last.question, before):  # 还有呢 for the second time
            before = self._told(before)
        answer = self.ask(last.question, history=before)
        return [*before, replace(last, answer=last.answer or answer.answer, papers=answer.titles)]

    def search(self, query: str, *, k: int = 10, through: Filter = OPEN) -> list[Hit]:
        """The `k` passages that fit `query` best, best first, of the documents that `through` admits."""
        return self.index.search(query, k=k, through=through)

    def figures(self, metric: str, *, through: Filter = OPEN, **sought: Unpack[Sought]) -> list[FoundFigure]:
        """The figures of what `metric` names, the closest name first, each with its source, in the documents that
        `through` admits. Raises ValueError for an empty metric, and for a status or period that can't be read."""
        with self.index.seen(through):
            return self.index.find_figures(metric, **sought)

    async def afigures(self, metric: str, *, through: Filter = OPEN, **sought: Unpack[Sought]) -> list[FoundFigure]:
        """The same as `figures`, awaited."""
        looking = partial(self.figures, metric, through=through, **sought)
        return await to_thread.run_sync(looking, abandon_on_cancel=True)

    def metrics_near(self, metric: str, *, most: int = 5, through: Filter = OPEN) -> list[str]:
        """The usual names of what is measured that come closest to `metric`, the closest first."""
        with self.index.seen(through):
            return [name for name, _ in self._library.names().near(metric, least=0.0, most=most)]

    def tables(self, document: str | None = None, *, query: str = "", through: Filter = OPEN) -> Iterator[FoundTable]:
        """The library's tables, or those of the documents that `document` names (see `index.Index.named`), that speak
        of every word of `query`."""
        moment = self.index.moment(through)
        try:
            yield from moment.each(self._tables(document, query))
        finally:
            moment.close()

    def table(self, table_id: str, *, through: Filter = OPEN) -> FoundTable:
        """The table with this id (see `FoundTable.id`); raises KeyError when there is none."""
        document_id, _, number = table_id.rpartition("-")
        with self.index.seen(through):
            found = self.index.lookups.tables(document_id)
            if not number.isdecimal() or not 1 <= int(number) <= len(found):
                raise KeyError(table_id)
            return FoundTable(self.index.lookups.document(document_id), int(number), found[int(number) - 1])

    def _tables(self, document: str | None, query: str) -> Iterator[FoundTable]:
        own = self.index.lookups
        documents = [each.id for each in (self.index.documents() if document is None else self.index.named(document))]
        found = tables_of(documents, document=own.document, tables=own.tables)
        yield from (each for each in found if speaks_of(each, query))

    def close(self) -> None:
        """Release the index."""
        for index in (*(place.index for place in self._places), self._awaited):
            if index is not None:
                index.close()

    def _placed(self, answer: Answer) -> Answer:
        """The answer, each of its citations with the cells of the workbook that it stands in, and whether it holds; and
        what is in doubt."""
        citations = (in_sheet(each, self.index.cells) for each in answer.citations)
        standings, today = self.index.standings(), self._library.today()
        placed = replace(answer, citations=tuple(standing_in(each, standings, today) for each in citations))
        return replace(placed, doubts=doubts(placed), searched=len(standings.documents()))

    def _search(self, index: Index, query: str, *, through: Filter = OPEN) -> list[Hit]:
        """The hits for a question that was understood, and mended before that."""
        return index.search(query, k=self.config.passages, mended=True, through=through)


@dataclass(frozen=True, slots=True)
class _Place:
    """An index that is answered from, and how it is looked up in."""

    index: Index
    library: Library
    name: str


def build(
    config: Config,
    *,
    sources: Sequence[Path] = (),
    progress: Callable[[Progress], None] | None = None,
    embedder: Embedder | None = None,
) -> Assistant:
    """The assistant that `config` describes; with `embedder`, one of your own in the place of the one it names.

    With `sources`, it answers from those files and folders, indexed apart from the default index and brought up to date
    first. Without, from the default index, or from the sample library while nothing has been indexed.
    Raises SourceError when none of the sources can be read.
    """
    awaited = None
    if not sources:
        index = open_index(config, config.data_dir, embedder=embedder)
        if index.counts()[0]:
            return Assistant(index, config, name=str(config.data_dir))
        awaited = index  # another process may fill it
        sources = [SAMPLE_LIBRARY]
    index = open_index(config, _folder_of(config.data_dir, sources), embedder=embedder)
    update = index.update(sources, progress=progress)
    name = "示例文库" if list(sources) == [SAMPLE_LIBRARY] else "、".join(path.name for path in sources)
    return Assistant(index, config, update=update, name=name, awaited=awaited)


def open_index(config: Config, folder: Path, *, embedder: Embedder | None = None) -> Index:
    """The index in `folder`, with the embedder (unless one is given) and the ranking that `config` names.

    Raises EmbedderError when the embedder can't be loaded.
    """
    base_url = config.embedder_base_url or config.base_url
    # A key goes nowhere but to the address it was given for.
    api_key = config.embedder_api_key or (config.api_key if base_url == config.base_url else None)
    chosen: Embedder | Succession
    if embedder is None and not config.embedder:
        chosen = automatic(config.contextual_passages)
    else:
        chosen = embedder or load_embedder(config.embedder, base_url=base_url, api_key=api_key)
    recall = partial(recalled, base_url=base_url, api_key=api_key)
    if not config.reranker:
        return Index.open(folder, embedder=chosen, recall=recall)
    from index.ranking.reranker import CrossEncoderRanker

    return Index.open(folder, embedder=chosen, recall=recall, ranker=CrossEncoderRanker(config.reranker))


def _folder_of(data_dir: Path, sources: Sequence[Path]) -> Path:
    """The index of just these sources; the same ones, in whatever order, find theirs again."""
    paths = sorted({os.path.abspath(path.expanduser()) for path in sources})
    # The number was the catalog's version before catalogs were brought up to date; it stays, so that those are found.
    return data_dir / "sources" / f"2-{hashlib.sha256(chr(0).join(paths).encode()).hexdigest()[:16]}"


def _unwritten(answer: Answer, question: Question, language: Language | None) -> Answer:
    """The answer, which no model wrote, with a word on its language where another was wished."""
    if language is None or language == question.language:
        return answer
    said = {
        "en": "What is quoted keeps the language of the documents; a model would write in English.",
        "zh": "引文保持文件原来的语言；配置模型后可以用中文撰写。",
    }[language]
    return replace(answer, notice=f"{answer.notice or ''}{said}")


def _addressed(answer: Answer, question: str, slips: Sequence[Slip]) -> Answer:
    """The answer to the question as it was asked, with a word on how a misspelt one was understood."""
    answer = replace(answer, question=" ".join(question.split()))
    if not slips:
        return answer
    understood = "".join(f"“{slip.wrong}”按“{slip.right}”理解。" for slip in slips)
    return replace(answer, notice=f"{understood}{answer.notice or ''}")


def _model_answerer(config: Config) -> ModelAnswerer | None:
    if not config.model:
        return None
    from assistant.written.writer import ModelAnswerer

    return ModelAnswerer(config=config)


class _Clock:
    """Milliseconds spent in named stages, and in the rest."""

    def __init__(self) -> None:
        self._start = time.perf_counter()
        self._spent = {"retrieve": 0.0}

    def timed(self, stage: str, call: Search) -> Search:
        def wrapped(query: str, *, through: Filter = OPEN) -> Sequence[Hit]:
            start = time.perf_counter()
            try:
                return call(query, through=through)
            finally:
                self._spent[stage] = self._spent.get(stage, 0.0) + (time.perf_counter() - start) * 1000

        return wrapped

    def timings(self) -> dict[str, float]:
        total = (time.perf_counter() - self._start) * 1000
        rest = total - sum(self._spent.values())
        return {**{stage: round(ms, 2) for stage, ms in self._spent.items()}, "answer": round(rest, 2)}
