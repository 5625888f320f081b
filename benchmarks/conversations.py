"""How fast conversations are listed, searched, opened and written, by how many there are.

    python benchmarks/conversations.py [--conversations 500 5000] [--turns 20] [--address postgresql+psycopg://…]

An owner among ten has so many conversations; answers are of 100 to 600 characters, in words drawn from the sample
library, each with five cited passages. Milliseconds: the median of ten, the slowest, and the median
of this process's own work, which a busy machine changes less.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from assistant.answers import Answer, Citation
from assistant.ask import SAMPLE_LIBRARY
from assistant.conversations.records import pack
from assistant.conversations.rows import add_sought, folded
from assistant.conversations.schema import ANSWERS, CONVERSATIONS, SOUGHT, TURNS
from assistant.conversations.store import Workspace

OWNER = "local"
NEEDLE = "独角兽孵化园"
COMMON = "收入"


def answer(text: str, chance: random.Random) -> Answer:
    """An answer cut out of a text, with five passages of it."""
    at = chance.randrange(len(text) - 2000)
    said = text[at : at + chance.randrange(100, 600)]
    passages = [text[at + 300 * n : at + 300 * (n + 1)] for n in range(5)]
    citations = tuple(
        Citation(n, "d", "公报", "统计局", None, "一", None, passage[:60], 0, 60, passage, 0)
        for n, passage in enumerate(passages, 1)
    )
    question = text[at : at + chance.randrange(10, 40)]
    return Answer("a", question, question, "answered", said, citations, confidence=0.9)


def fill(workspace: Workspace, *, conversations: int, turns: int) -> None:
    """Writes them all, a turn of each after the other, as they come in life."""
    text = "".join(file.read_text("utf8") for file in sorted(SAMPLE_LIBRARY.rglob("*.md"))) or "样" * 5000
    chance = random.Random(7)
    owners = [OWNER] * conversations + [f"browser-{n}" for n in range(9) for _ in range(conversations // 9)]
    with workspace._writing.begin() as connection:
        rows = []
        for n, owner in enumerate(owners):
            title = f"{text[n : n + 20]}"
            rows.append({"id": f"{n:032}", "owner": owner, "title": title, "searched": folded(title)})
            rows[-1] |= {"created": n, "updated": n, "pinned": n % 50 == 0, "archived": False}
        connection.execute(CONVERSATIONS.insert(), rows)
        connection.execute(SOUGHT.insert(), [{"conversation_id": row["id"], "text": ""} for row in rows])
        for turn in range(turns):
            said = [answer(text, chance) for _ in owners]
            if not turn:
                said[3] = replace(said[3], answer=f"{said[3].answer}{NEEDLE}")
            known = [
                {
                    "id": f"{turn:03}{n:029}", "conversation_id": f"{n:032}", "n": turn, "state": "answered",
                    "created": 0.0, "alive": 0.0,
                    "question": each.question, "text": each.answer, "versions": "{}",
                }
                for n, each in enumerate(said)
            ]  # fmt: skip
            connection.execute(TURNS.insert(), known)
            for each, row in zip(said, known, strict=True):
                add_sought(connection, str(row["conversation_id"]), f"{each.question}\n{each.answer}")
            kept = [
                {"turn_id": row["id"], "answer": pack(each.to_json())} for row, each in zip(known, said, strict=True)
            ]
            connection.execute(ANSWERS.insert(), kept)


def timed(name: str, what: Callable[[], object]) -> None:
    """A line with how long it takes."""
    took, worked = [], []
    for _ in range(10):
        start, work = time.perf_counter(), time.process_time()
        what()
        took.append((time.perf_counter() - start) * 1000)
        worked.append((time.process_time() - work) * 1000)
    print(f"  {name:<38}{statistics.median(took):8.1f}{max(took):8.1f}{statistics.median(worked):8.1f}")


def measure(workspace: Workspace, *, conversations: int) -> None:
    """Prints a line for each thing that people do."""
    some = workspace.conversations(OWNER).conversations[7].id
    said = answer("样" * 5000, random.Random(1))

    def all_pages() -> None:
        before = None
        count = 0
        while True:
            page = workspace.conversations(OWNER, before=before)
            count += len(page.conversations)
            if (before := page.next) is None:
                break
        assert count == conversations

    def found(query: str) -> int:
        return len(workspace.conversations(OWNER, query=query).conversations)

    assert found(NEEDLE) == 1
    assert found("没有这样的话") == 0
    timed("first page of 50", lambda: workspace.conversations(OWNER))
    timed("all pages", all_pages)
    timed("search: words in one of them", lambda: found(NEEDLE))
    timed("search: words in none", lambda: found("没有这样的话"))
    timed("search: words in most", lambda: found(COMMON))
    timed("search: two words", lambda: found(f"{COMMON} {NEEDLE}"))
    timed("opened, with its answers", lambda: workspace.conversation(OWNER, some))
    timed("a turn begun and finished", lambda: workspace.finish_turn(workspace.begin_turn(OWNER, some, "问"), said))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--conversations", type=int, nargs="+", default=[500, 5000])
    parser.add_argument("--turns", type=int, default=20)
    parser.add_argument("--address", help="of an empty database; without, a file that is deleted afterwards")
    chosen = parser.parse_args()
    for count in chosen.conversations:
        with (
            tempfile.TemporaryDirectory() as folder,
            Workspace.open(chosen.address or Path(folder) / "workspace.sqlite3") as workspace,
        ):
            fill(workspace, conversations=count, turns=chosen.turns)
            size = f", {workspace.bytes / 1e6:.0f} MB" if workspace.bytes else ""
            print(f"{count} conversations of {chosen.turns} turns, as many of nine others{size}")
            measure(workspace, conversations=count)


if __name__ == "__main__":
    main()
