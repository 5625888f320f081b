"""The list of answerers: the first that has something to say answers, and every draft takes the same steps."""

from __future__ import annotations

from dataclasses import replace

from assistant.ask import Assistant
from assistant.extractive.answerers import ANSWERERS, answer
from assistant.extractive.compose import Draft, Line, Quote
from assistant.library import Library
from assistant.question.conversation import understand
from assistant.question.question import Question

ASKED = "2025年嘉兴农村居民人均可支配收入是多少？"


def opening(question: Question, library: Library) -> Draft | None:
    """An answerer of our own: the first words of the first document."""
    if not question.text.startswith("开头"):
        return None
    document = library.document(library.documents()[0].id)
    quote = Quote(library.passage_at(document.id, 0), 0, 6)
    return Draft(question, (Line(document.text[:6], (quote,)), Line("共有987654个。", (quote,))), 0.9)


def test_an_answerer_more_is_one_line_in_the_list(assistant: Assistant) -> None:
    library = assistant._library.for_one_question()
    made = answer(understand("开头写了什么？"), library, answerers=(opening, *ANSWERERS))
    assert made.status == "answered"
    assert made.answer.endswith("[1]")
    assert made.citations[0].quote == library.document(made.citations[0].document_id).text[:6]
    # The steps are the same for everybody: what no document says is taken out.
    assert "987654" not in made.answer
    assert made.verdict is not None
    assert made.verdict.ok


def test_an_answerer_that_has_nothing_to_say_changes_nothing(assistant: Assistant) -> None:
    question = understand(ASKED)
    plain = answer(question, assistant._library.for_one_question())
    beside = answer(question, assistant._library.for_one_question(), answerers=(opening, *ANSWERERS))
    assert replace(beside, id="") == replace(plain, id="")


def test_without_any_answerer_nothing_is_found(assistant: Assistant) -> None:
    made = answer(understand(ASKED), assistant._library.for_one_question(), answerers=())
    assert made.status == "not_found"
    assert made.verdict is not None


def test_what_is_read_for_one_question_is_read_once(assistant: Assistant) -> None:
    searched: list[str] = []

    def search(query: str):  # type: ignore[no-untyped-def]
        searched.append(query)
        return assistant._search(assistant.index, query)

    library = replace(assistant._library, search=search).for_one_question()
    answer(understand("怎样评价这项工作？"), library)
    assert len(searched) == len(set(searched))
    assert assistant._library.memory == {}
