"""Youju itself, in this process: keyless, or with a model when one is named.

Every opening indexes the library afresh in a folder of its own, so that no result comes from an index that older code
made.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from assistant.answers import Turn
from assistant.ask import Assistant, build
from assistant.config import load
from eval.libraries import Library, document_of
from eval.reply import Retrieved, Usage
from eval.systems import Response, System, SystemSpec


def open_system(library: Library, spec: SystemSpec) -> System:
    """Indexes the library. What the environment configures (YOUJU_MODEL …) has no part in it."""
    return Ours(library, spec)


class Ours:
    """The assistant over one library."""

    def __init__(self, library: Library, spec: SystemSpec) -> None:
        self._folder = TemporaryDirectory(prefix="youju-eval-")
        config = load(
            {},
            data_dir=Path(self._folder.name),
            embedder=spec.embedder,
            model=spec.model,
            base_url=spec.base_url or None,
            api_key=spec.api_key,
            timeout_s=spec.timeout_s,
        )
        self._assistant: Assistant = build(config, sources=[library.folder])

    def ask(self, question: str, *, history: Sequence[str] = ()) -> Response:
        """The assistant's answer with its own confidence."""
        answer = self._assistant.ask(question, history=[Turn(turn) for turn in history])
        spent = answer.usage
        usage = Usage(spent.prompt_tokens, spent.completion_tokens) if spent else None
        return Response(answer, confidence=answer.confidence, usage=usage)

    def search(self, question: str, *, k: int) -> list[Retrieved]:
        """The assistant's hits."""
        found = []
        for hit in self._assistant.search(question, k=k):
            document = self._assistant.index.document(hit.passage.document_id)
            found.append(Retrieved(document_of(document.uri, document.title), hit.passage.text, hit.score))
        return found

    @property
    def notes(self) -> Sequence[str]:
        """The documents that couldn't be indexed, with why."""
        update = self._assistant.update
        return [f"没有读进 {Path(path).name}：{why}" for path, why in (update.failed if update else {}).items()]

    def close(self) -> None:
        """Close the assistant and remove its index."""
        self._assistant.close()
        self._folder.cleanup()
