"""How systems that only retrieve give an answer: the best sentence of what they found, or a chat model that reads it.

Every retrieval baseline is read in the same two ways, so that a table compares retrievers, not the readers around them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assistant.answers import Answer, Citation
from eval.metrics.refusal import declines
from eval.systems import Response
from eval.systems.chat import Chat

_SENTENCE = re.compile(r"(?:[^。！？!?\n]|\n(?!\s*\n))+[。！？!?]?")
_BREAK = r"[ \t\u3000]*\n[ \t\u3000]*"
_LINE_BREAK = re.compile(rf"(?<=[^\x00-\x7f]){_BREAK}(?=\S)|(?<=\S){_BREAK}(?=[^\x00-\x7f\s])")

# The prompt of LangChain's RAG tutorial (hub name rlm/rag-prompt), which the baselines' users start from.
TUTORIAL_PROMPT = (
    "You are an assistant for question-answering tasks. Use the following pieces of retrieved context to answer the "
    "question. If you don't know the answer, just say that you don't know. Use three sentences maximum and keep the "
    "answer concise.\nQuestion: {question}\nContext: {context}\nAnswer:"
)


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage as a baseline cut it."""

    document: str
    """File name without suffix."""
    text: str


def sentences(text: str) -> list[str]:
    """The sentences of a text; a single line break doesn't end one, a blank line does.

    >>> sentences("概况\\n\\n收入为54939\\n元。位列第一。")
    ['概况', '收入为54939\\n元。', '位列第一。']
    """
    return [s.strip() for s in _SENTENCE.findall(text) if s.strip()]


def joined_lines(text: str) -> str:
    """The text with single line breaks next to a Chinese character taken out, blank lines kept."""
    return _LINE_BREAK.sub("", text)


def best_sentence(
    question: str, chunks: Sequence[Chunk], *, score: Callable[[str, Sequence[str]], Sequence[float]], engine: str
) -> Response:
    """The sentence of the chunks that `score` puts highest, cited; not found where there is no chunk at all."""
    pairs = [(sentence, chunk) for chunk in chunks for sentence in sentences(chunk.text)]
    if not pairs:
        return Response(answer_of(question, "", status="not_found", engine=engine))
    values = score(question, [sentence for sentence, _ in pairs])
    sentence, chunk = pairs[max(range(len(pairs)), key=values.__getitem__)]
    return Response(answer_of(question, f"{sentence}[1]", cited=[(chunk, sentence)], engine=engine))


def read_by_model(question: str, chunks: Sequence[Chunk], *, chat: Chat) -> Response:
    """What the model makes of the chunks. The tutorial shows its sources, so every chunk counts as cited."""
    prompt = TUTORIAL_PROMPT.format(question=question, context="\n\n".join(chunk.text for chunk in chunks))
    text, usage = chat.complete([{"role": "user", "content": prompt}])
    return Response(written(question, text, chunks, engine=chat.model), usage=usage)


def written(question: str, text: str, chunks: Sequence[Chunk], *, engine: str) -> Answer:
    """A model's words as an answer; words that decline make it `not_found`, without citations."""
    if not text.strip() or declines(text):
        return answer_of(question, text, status="not_found", engine=engine)
    return answer_of(question, text, cited=[(chunk, chunk.text) for chunk in chunks], engine=engine)


def answer_of(
    question: str, text: str, *, engine: str, status: str = "answered", cited: Sequence[tuple[Chunk, str]] = ()
) -> Answer:
    """An Answer that cites (chunk, quote) pairs. Offsets are those within the chunk: baselines keep no others."""
    citations = tuple(
        Citation(
            number=number,
            document_id=chunk.document,
            title=chunk.document,
            publisher=None,
            published=None,
            section="",
            page=None,
            quote=quote,
            start=max(0, chunk.text.find(quote)),
            end=max(0, chunk.text.find(quote)) + len(quote),
            passage=chunk.text,
            passage_start=0,
        )
        for number, (chunk, quote) in enumerate(cited, 1)
    )
    return Answer(
        id="",
        question=question,
        standalone_question=question,
        status="not_found" if status == "not_found" else "answered",
        answer=text,
        citations=citations,
        engine=engine,
    )
