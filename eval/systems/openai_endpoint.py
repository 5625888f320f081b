"""Any OpenAI-compatible endpoint, asked as it stands: a bare model, or a product that keeps its own documents.

`documents = "all"` puts the whole library into the prompt, for small libraries and models with a long context.
"""

from __future__ import annotations

from collections.abc import Sequence

from eval.libraries import Library
from eval.reply import Retrieved
from eval.systems import Response, System, SystemSpec
from eval.systems.chat import Chat
from eval.systems.reading import Chunk, written

_READ = "只根据下面的资料回答问题；资料里没有的，就说资料中没有提到。\n\n{documents}"


def open_system(library: Library, spec: SystemSpec) -> System:
    """Raises ValueError where no model is named, or `documents` is neither none nor all."""
    if spec.documents not in ("none", "all"):
        raise ValueError(f"系统 {spec.name}：documents 只能是 none 或 all，不能是 {spec.documents!r}")
    return Endpoint(library if spec.documents == "all" else None, Chat(spec))


class Endpoint:
    """A chat endpoint."""

    def __init__(self, library: Library | None, chat: Chat) -> None:
        self._chunks = [Chunk(text.id, text.text) for text in library.texts()] if library else []
        self._chat = chat

    def ask(self, question: str, *, history: Sequence[str] = ()) -> Response:
        """What the endpoint answers to the conversation's user messages."""
        messages = []
        if self._chunks:
            documents = "\n\n".join(f"【{chunk.document}】\n{chunk.text}" for chunk in self._chunks)
            messages.append({"role": "system", "content": _READ.format(documents=documents)})
        messages += [{"role": "user", "content": turn} for turn in (*history, question)]
        text, usage = self._chat.complete(messages)
        return Response(written(question, text, self._chunks, engine=self._chat.model), usage=usage)

    def search(self, question: str, *, k: int) -> list[Retrieved]:  # noqa: ARG002
        """None: such an endpoint shows no passages."""
        return []

    @property
    def notes(self) -> Sequence[str]:
        """Nothing."""
        return ()

    def close(self) -> None:
        """Close the connections."""
        self._chat.close()
