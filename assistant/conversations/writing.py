"""Answers written into a conversation: whoever watches may leave, and the answer is finished and kept all the same"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from assistant.answers import Answer
from assistant.leaving import LeftError, kept
from index.filters import OPEN, Filter

if TYPE_CHECKING:
    from assistant.ask import Assistant
    from assistant.conversations.store import Workspace

_KEPT_S = 0.5
"""How often the text of an answer is kept while it is written, and whether it was stopped is seen."""
logger = logging.getLogger(__name__)


def answered(
    workspace: Workspace,
    assistant: Assistant,
    owner: str,
    conversation_id: str,
    turn_id: str,
    question: str,
    *,
    through: Filter = OPEN,
) -> Iterator[str | Answer]:
    """Checked pieces of the answer as they come, then the `Answer`; the turn that `begin_turn` gave ends with it.

    Ends without an answer where the turn is stopped (`Workspace.stop`, by anybody), a model's call with it. Closed
    early, as when a browser leaves or loads the page anew, it goes on in a thread of its own. An error of the assistant
    ends the turn as failed, and is raised.
    """
    writing = _written(workspace, assistant, owner, conversation_id, turn_id, question, through)
    try:
        for item in writing:  # noqa: UP028  by `yield from`, closing this one would close the other
            yield item
    except GeneratorExit:
        threading.Thread(target=_finish, args=(writing,), name="conversation-writing", daemon=True).start()
        raise


def _finish(writing: Iterator[str | Answer]) -> None:
    try:
        for _ in writing:
            pass
    except Exception:
        logger.exception("an answer that nobody waited for failed")


def _written(
    workspace: Workspace,
    assistant: Assistant,
    owner: str,
    conversation_id: str,
    turn_id: str,
    question: str,
    through: Filter,
) -> Iterator[str | Answer]:
    text, kept_s = "", time.monotonic()
    try:
        history = workspace.history(owner, conversation_id, before=turn_id)
        made = assistant.stream(question, history=history, through=through)
        items = kept(made, over=workspace.over(turn_id))
        try:
            for item in items:
                if isinstance(item, Answer):
                    if workspace.finish_turn(turn_id, item, versions=versions_of(assistant, item)):
                        yield item
                    return
                text += item
                if time.monotonic() - kept_s >= _KEPT_S:
                    if not workspace.add_text(turn_id, text):
                        return
                    kept_s = time.monotonic()
                yield item
        finally:
            if close := getattr(items, "close", None):
                close()
        raise RuntimeError("the assistant gave no answer")
    except LeftError:
        return  # it was stopped, and is kept as it was then
    except BaseException as error:
        workspace.end_turn(turn_id, "stopped" if isinstance(error, GeneratorExit) else "failed", text)
        raise


def versions_of(assistant: Assistant, answer: Answer) -> dict[str, str]:
    """What made an answer: this program, the index's revision, engines and embedder, and the answerer."""
    found: dict[str, str | None] = {"engine": answer.engine, "revision": str(assistant.index.revision())}
    with suppress(PackageNotFoundError):
        found["youju"] = version("youju")
    status = assistant.index.status()
    found |= {"generation": status.generation, "embedder": status.embedder}
    return {name: value for name, value in found.items() if value}
