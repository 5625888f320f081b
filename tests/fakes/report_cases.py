"""Systems for the harness's own tests: one that knows the answers, and one that fails."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from time import sleep

from eval.cases import Case, read
from eval.libraries import Library
from eval.reply import Retrieved, Usage
from eval.systems import Response, SystemSpec
from eval.systems.reading import Chunk, answer_of

SAMPLES = Path(__file__).parents[1] / "eval" / "samples"
CASES = SAMPLES / "cases.jsonl"
DOCUMENTS = SAMPLES / "documents"


class Knowing:
    """Answers as the cases say, declines what they say can't be answered; wrong on the cases in `wrong`."""

    def __init__(self, cases: Sequence[Case], *, wrong: Sequence[str] = (), pause_s: float = 0.0) -> None:
        self._cases = {case.question: case for case in cases}
        self._wrong = set(wrong)
        self._pause_s = pause_s
        self._lock = Lock()
        self.asked: list[str] = []
        self.opened: list[Library] = []
        self.closed = 0

    def __call__(self, library: Library, spec: SystemSpec) -> Knowing:
        """Opened on a library: itself, keeping count."""
        with self._lock:
            self.opened.append(library)
        return self

    def ask(self, question: str, *, history: Sequence[str] = ()) -> Response:
        sleep(self._pause_s)
        case = self._cases[question]
        with self._lock:
            self.asked.append(case.id)
        if not case.answerable:
            return Response(answer_of(question, "没有提到。", status="not_found", engine="fake"), 0.2)
        text = "无可奉告。" if case.id in self._wrong else f"{case.answer}[1]"
        cited = [(Chunk(case.docs[0], piece), piece) for piece in case.evidence]
        confidence = 0.3 if case.id in self._wrong else 0.9
        return Response(answer_of(question, text, cited=cited, engine="fake"), confidence, Usage(100, 10))

    def search(self, question: str, *, k: int) -> list[Retrieved]:
        case = self._cases[question]
        return [Retrieved(case.docs[0], piece, 1.0) for piece in case.evidence][:k]

    @property
    def notes(self) -> Sequence[str]:
        return ()

    def close(self) -> None:
        self.closed += 1


class Failing:
    """Raises at every question until `healed`."""

    def __init__(self, then: Knowing) -> None:
        self._then = then
        self.healed = False

    def __call__(self, library: Library, spec: SystemSpec) -> Failing:
        return self

    def ask(self, question: str, *, history: Sequence[str] = ()) -> Response:
        if not self.healed:
            raise ConnectionError("endpoint is down")
        return self._then.ask(question, history=history)

    def search(self, question: str, *, k: int) -> list[Retrieved]:
        return self._then.search(question, k=k)

    @property
    def notes(self) -> Sequence[str]:
        return ("is often down",)

    def close(self) -> None:
        return


def sample_cases() -> list[Case]:
    return list(read(CASES))
