"""What a workspace keeps, in each database that it may be kept in."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.answers import Turn
from assistant.conversations import beats, schema
from assistant.conversations.records import NotKeptError, Rating, pack
from assistant.conversations.rows import first_title
from assistant.conversations.schema import ANSWERS, META, TURNS, WorkspaceError, open_database
from assistant.conversations.store import Workspace
from tests.fakes.assistant import ATTACK, NOT_FOUND, RURAL

ME, OTHER = "local", "browser-1"


def asked(workspace: Workspace, *answers: object, owner: str = ME, title: str = "") -> str:
    """A conversation with the answers in it."""
    conversation_id = workspace.create(owner, title).id
    for answer in answers:
        turn_id = workspace.begin_turn(owner, conversation_id, answer.question)  # type: ignore[attr-defined]
        assert workspace.finish_turn(turn_id, answer, versions={"youju": "1"})  # type: ignore[arg-type]
    return conversation_id


def test_what_was_asked_is_there_when_it_is_opened_anew(address: Path | str) -> None:
    with Workspace.open(address) as first:
        conversation_id = asked(first, RURAL, NOT_FOUND)
        before = first.conversation(ME, conversation_id)
    with Workspace.open(address) as again:
        assert again.conversation(ME, conversation_id) == before
        assert [turn.answer for turn in before.turns] == [RURAL, NOT_FOUND]
        assert (before.info.title, before.info.turns) == (RURAL.question, 2)


def test_an_owner_sees_nothing_of_anothers(workspace: Workspace) -> None:
    mine = asked(workspace, RURAL)
    [turn] = workspace.conversation(ME, mine).turns
    token = workspace.share(ME, mine).token
    said = workspace.give_feedback(ME, turn.id, good=True)
    for attempt in (
        lambda: workspace.conversation(OTHER, mine),
        lambda: workspace.info(OTHER, mine),
        lambda: workspace.turn(OTHER, mine, turn.id),
        lambda: workspace.rename(OTHER, mine, "我的"),
        lambda: workspace.pin(OTHER, mine),
        lambda: workspace.archive(OTHER, mine),
        lambda: workspace.delete(OTHER, mine),
        lambda: workspace.begin_turn(OTHER, mine, "好"),
        lambda: workspace.stop(OTHER, turn.id),
        lambda: workspace.cut(OTHER, mine, turn.id),
        lambda: workspace.history(OTHER, mine),
        lambda: workspace.share(OTHER, mine),
        lambda: workspace.shares(OTHER, mine),
        lambda: workspace.unshare(OTHER, mine, token),
        lambda: workspace.unshare(OTHER, mine),
        lambda: workspace.give_feedback(OTHER, turn.id, good=False),
        lambda: workspace.take_feedback_back(OTHER, turn.id),
    ):
        with pytest.raises(NotKeptError) as theirs:
            attempt()
        assert ME not in str(theirs.value)
        assert mine not in str(theirs.value)
    assert workspace.conversations(OTHER).conversations == ()
    assert workspace.shares(OTHER) == []
    assert workspace.feedback(owner=OTHER).total == 0
    assert workspace.delete_all(OTHER) == 0
    assert workspace.conversation(ME, mine).turns == (replace(turn, feedback=said.rating),)
    assert workspace.shares(ME)[0].token == token


def test_the_pinned_come_first_then_the_newest_a_page_at_a_time(workspace: Workspace) -> None:
    made = [workspace.create(ME, f"第{n}个").id for n in range(12)]
    for at in (2, 7):
        workspace.pin(ME, made[at])
    asked(workspace, RURAL, owner=OTHER)
    found: list[str] = []
    before = None
    while True:
        page = workspace.conversations(ME, limit=5, before=before)
        found += [each.id for each in page.conversations]
        if (before := page.next) is None:
            break
    assert found == [made[7], made[2], *(made[at] for at in reversed(range(12)) if at not in (2, 7))]
    workspace.pin(ME, made[7], pinned=False)
    assert workspace.conversations(ME, limit=1).conversations[0].id == made[2]
    with pytest.raises(ValueError, match="不是翻页的位置"):
        workspace.conversations(ME, before="昨天")


def test_one_that_was_asked_in_is_the_newest(workspace: Workspace) -> None:
    old, new = workspace.create(ME, "旧").id, workspace.create(ME, "新").id
    assert [each.id for each in workspace.conversations(ME).conversations] == [new, old]
    workspace.begin_turn(ME, old, "又问")
    assert [each.id for each in workspace.conversations(ME).conversations] == [old, new]


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ("", True),
        ("农村", True),
        ("收入 农村", True),
        ("农村 月球", False),
        ("54321", True),
        ("５４３２１", True),
        ("笔记", True),
        ("GDP", True),
        ("ｇｄｐ", True),
        ("%", False),
        ("_", False),
        ("\\", False),
        ("'", False),
    ],
)
def test_a_search_looks_through_titles_questions_and_answers(workspace: Workspace, query: str, is_found: bool) -> None:
    conversation_id = asked(workspace, RURAL, title="我的笔记：GDP")
    asked(workspace, NOT_FOUND, owner=OTHER, title=query)
    found = [each.id for each in workspace.conversations(ME, query=query).conversations]
    assert found == [conversation_id] * is_found


def test_what_was_cut_is_found_no_longer(workspace: Workspace) -> None:
    conversation_id = asked(workspace, RURAL, ATTACK, title="笔记")
    [first, second] = workspace.conversation(ME, conversation_id).turns
    assert workspace.conversations(ME, query=ATTACK.question).conversations
    assert workspace.cut(ME, conversation_id, second.id) == 1
    assert not workspace.conversations(ME, query=ATTACK.question).conversations
    assert workspace.history(ME, conversation_id) == [Turn(RURAL.question, RURAL.answer, RURAL.titles)]
    assert workspace.history(ME, conversation_id, before=first.id) == []


def test_the_first_question_names_a_conversation_until_it_is_asked_otherwise(workspace: Workspace) -> None:
    conversation_id = asked(workspace, RURAL)
    [turn] = workspace.conversation(ME, conversation_id).turns
    workspace.cut(ME, conversation_id, turn.id)
    workspace.begin_turn(ME, conversation_id, "问" * 60)
    assert workspace.info(ME, conversation_id).title == first_title("问" * 60) == "问" * 39 + "…"
    workspace.rename(ME, conversation_id, "  我的\n笔记 ")
    [turn] = workspace.conversation(ME, conversation_id).turns
    workspace.cut(ME, conversation_id, turn.id)
    assert workspace.info(ME, conversation_id).title == "我的 笔记"
    for title in (" ", "长" * 201):
        with pytest.raises(ValueError, match="标题有"):
            workspace.rename(ME, conversation_id, title)


def test_a_turn_ends_once(workspace: Workspace) -> None:
    conversation_id = workspace.create(ME).id
    turn_id = workspace.begin_turn(ME, conversation_id, RURAL.question)
    assert workspace.add_text(turn_id, "写到一半")
    assert workspace.conversation(ME, conversation_id).turns[0].text == "写到一半"
    assert workspace.stop(ME, turn_id)
    assert not workspace.add_text(turn_id, "还在写")
    assert not workspace.finish_turn(turn_id, RURAL)
    assert not workspace.end_turn(turn_id, "failed", "出错")
    [turn] = workspace.conversation(ME, conversation_id).turns
    assert (turn.state, turn.text, turn.answer) == ("stopped", "写到一半", None)
    assert not workspace.finish_turn("none", RURAL)


def test_a_turn_nobody_writes_any_longer_is_stopped(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beats, "BEAT_S", 0.05)
    conversation_id = workspace.create(ME).id
    turn_id = workspace.begin_turn(ME, conversation_id, "好")

    def state(after_s: float) -> str:
        with monkeypatch.context() as later:
            moment = time.time() + after_s
            later.setattr("assistant.conversations.rows.time.time", lambda: moment)
            return workspace.conversation(ME, conversation_id).turns[0].state

    assert state(beats.SILENT_S - 1) == "asking"
    assert state(beats.SILENT_S + 1) == "stopped"
    # As long as it is written, its writer says so.
    with workspace._writing.begin() as connection:
        connection.execute(TURNS.update().values(alive=0.0))
    deadline = time.monotonic() + 10
    while state(0) != "asking":
        assert time.monotonic() < deadline, "nothing was said of it"
        time.sleep(0.02)
    # It may be finished even after a silence.
    assert workspace.finish_turn(turn_id, RURAL)
    assert state(1000) == "answered"


@pytest.mark.parametrize("how", ["stop", "cut", "delete"])
def test_who_writes_is_told_that_nobody_wants_it_any_longer(
    address: Path | str, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    def ended(workspace: Workspace, conversation_id: str, turn_id: str) -> None:
        if how == "stop":
            assert workspace.stop(ME, turn_id)
        elif how == "cut":
            assert workspace.cut(ME, conversation_id, turn_id) == 1
        else:
            workspace.delete(ME, conversation_id)

    with Workspace.open(address) as one, Workspace.open(address) as elsewhere:
        for workspace in (one, elsewhere):
            # What is said here is known at once, elsewhere after a beat.
            monkeypatch.setattr(beats, "BEAT_S", 60.0 if workspace is one else 0.05)
            conversation_id = one.create(ME).id
            turn_id, other = (one.begin_turn(ME, conversation_id, "好") for _ in range(2))
            over = one.over(turn_id)
            assert not over.is_set()
            if how == "cut":
                assert one.cut(ME, conversation_id, other) == 1
            elif how == "stop":
                assert one.finish_turn(other, RURAL)
            assert not over.is_set()
            one._beats.look()  # so that it waits anew, as long as it is to
            ended(workspace, conversation_id, turn_id)
            assert over.wait(10)
            assert one.over(turn_id).is_set()


def test_a_workspace_that_is_closed_stops_what_it_writes(address: Path | str) -> None:
    with Workspace.open(address) as other:
        with Workspace.open(address) as one:
            conversation_id = one.create(ME).id
            over = one.over(one.begin_turn(ME, conversation_id, "好"))
            assert other.conversation(ME, conversation_id).turns[0].state == "asking"
        assert over.is_set()
        assert other.conversation(ME, conversation_id).turns[0].state == "stopped"


def test_deleting_leaves_nothing_but_what_was_reported(workspace: Workspace) -> None:
    conversation_id = asked(workspace, RURAL)
    [turn] = workspace.conversation(ME, conversation_id).turns
    share = workspace.share(ME, conversation_id)
    workspace.give_feedback(ME, turn.id, good=False, reason="年份不对")
    workspace.delete(ME, conversation_id)
    with pytest.raises(NotKeptError):
        workspace.shared(share.token)
    [said] = workspace.feedback().feedback
    assert (said.conversation_id, said.question, said.answer) == (None, RURAL.question, RURAL)
    with workspace._reading.begin() as connection:
        for table in (schema.CONVERSATIONS, schema.SOUGHT, TURNS, ANSWERS, schema.SHARES):
            assert connection.execute(sa.select(sa.func.count()).select_from(table)).scalar() == 0
    # It can still be changed and taken back.
    assert workspace.give_feedback(ME, turn.id, good=True).rating == Rating(good=True)
    workspace.take_feedback_back(ME, turn.id)
    assert workspace.feedback().total == 0


def test_what_was_deleted_is_gone_from_the_disk(tmp_path: Path) -> None:
    secret = "云栖市绝密项目甲"
    with Workspace.open(tmp_path / "w.sqlite3") as workspace:
        conversation_id = workspace.create(ME, secret).id
        workspace.end_turn(workspace.begin_turn(ME, conversation_id, secret), "stopped", secret)

        def on_disk() -> bool:
            return any(secret.encode() in file.read_bytes() for file in tmp_path.iterdir())

        assert on_disk()
        workspace.delete_all(ME)
        assert not on_disk()


def test_an_answer_that_cannot_be_read_is_told_as_its_text(workspace: Workspace) -> None:
    conversation_id = asked(workspace, RURAL)
    [turn] = workspace.conversation(ME, conversation_id).turns
    for damaged in (b"", b"damaged", schema_of_tomorrow()):
        with workspace._writing.begin() as connection:
            connection.execute(ANSWERS.update().values(answer=damaged))
        assert workspace.conversation(ME, conversation_id).turns == (replace(turn, answer=None),)
        assert workspace.history(ME, conversation_id) == [Turn(RURAL.question, RURAL.answer)]
        assert workspace.shared(workspace.share(ME, conversation_id).token).turns == (replace(turn, answer=None),)
        assert workspace.give_feedback(ME, turn.id, good=False).text == RURAL.answer
        workspace.take_feedback_back(ME, turn.id)


def schema_of_tomorrow() -> bytes:
    return pack({"id": "1", "question": "好", "status": "answered", "answer": "好", "citations": [{"place": "?"}]})


def test_a_link_shows_a_conversation_up_to_a_turn_or_a_turn_alone(workspace: Workspace) -> None:
    conversation_id = asked(workspace, RURAL, ATTACK, NOT_FOUND)
    turns = workspace.conversation(ME, conversation_id).turns
    workspace.begin_turn(ME, conversation_id, "还没写完")

    def shown(*which: str, alone: bool = False) -> list[str]:
        return [
            turn.id for turn in workspace.shared(workspace.share(ME, conversation_id, *which, alone=alone).token).turns
        ]

    assert shown() == [turn.id for turn in turns]
    assert shown(turns[1].id) == [turns[0].id, turns[1].id]
    assert shown(turns[1].id, alone=True) == [turns[1].id]
    assert len({share.token for share in workspace.shares(ME)}) == 3
    assert min(len(share.token) for share in workspace.shares(ME)) >= 32
    assert workspace.unshare(ME, conversation_id) == 3
    with pytest.raises(NotKeptError):
        shown("none")
    with pytest.raises(ValueError, match="没有什么可分享"):
        workspace.share(ME, workspace.create(ME).id)


def test_one_opinion_of_an_answer_by_each_owner(workspace: Workspace) -> None:
    conversation_id = asked(workspace, RURAL, ATTACK)
    [first, second] = workspace.conversation(ME, conversation_id).turns
    workspace.give_feedback(ME, first.id, good=True)
    said = workspace.give_feedback(ME, second.id, False, "年份不对", "7万元", ["年份", "数值"])
    workspace.give_feedback(ME, first.id, good=False)
    assert said.history == (RURAL.question,)
    assert said.answer == ATTACK
    assert said.standalone_question == ATTACK.standalone_question
    assert said.versions == {"youju": "1"}
    ratings = [turn.feedback for turn in workspace.conversation(ME, conversation_id).turns]
    assert ratings == [Rating(good=False), Rating(False, "年份不对", "7万元", ("年份", "数值"))]
    found = workspace.feedback(limit=1)
    assert (found.total, [each.turn_id for each in found.feedback]) == (2, [second.id])
    assert [each.turn_id for each in workspace.each_feedback()] == [second.id, first.id]
    for filters, total in (
        ({"good": True}, 0),
        ({"tag": "年份"}, 1),
        ({"tag": "年"}, 0),
        ({"query": "7万"}, 1),
        ({"since": time.time() + 10}, 0),
        ({"owner": OTHER}, 0),
    ):
        assert workspace.feedback(**filters).total == total, filters  # type: ignore[arg-type]
    asking = workspace.begin_turn(ME, conversation_id, "好")
    with pytest.raises(ValueError, match="还在写"):
        workspace.give_feedback(ME, asking, good=True)


def test_any_text_can_be_kept_and_found() -> None:
    with Workspace.open("memory") as workspace:

        @settings(max_examples=30, deadline=None)
        @given(text=st.text(st.characters(exclude_categories=()), max_size=80))
        def kept_and_found(text: str) -> None:
            conversation_id = workspace.create(ME).id
            turn_id = workspace.begin_turn(ME, conversation_id, text)
            workspace.end_turn(turn_id, "failed", text)
            workspace.give_feedback(ME, turn_id, False, text, text, [text])
            [turn] = workspace.conversation(ME, conversation_id).turns
            assert turn.question == turn.text == text.encode("utf8", "replace").decode().replace("\0", "")
            found = workspace.conversations(ME, query=text[:20], limit=1000).conversations
            assert conversation_id in [each.id for each in found]
            assert turn_id in [each.turn_id for each in workspace.each_feedback(tag=text)]

        kept_and_found()


def test_threads_ask_in_one_conversation(workspace: Workspace) -> None:
    conversation_id = workspace.create(ME).id

    def ask(name: int) -> None:
        for n in range(10):
            turn_id = workspace.begin_turn(ME, conversation_id, f"{name}-{n}")
            workspace.finish_turn(turn_id, RURAL)
            workspace.give_feedback(ME, turn_id, good=True)
            workspace.share(ME, conversation_id, turn_id, alone=True)

    threads = [threading.Thread(target=ask, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {turn.state for turn in workspace.conversation(ME, conversation_id).turns} == {"answered"}
    counts = workspace.counts()
    assert (counts.turns, counts.shares, counts.feedback) == (40, 40, 40)


def _ask_for_ever(address: Path | str, conversation_id: str, ready: Event) -> None:
    with Workspace.open(address) as workspace:
        for n in itertools.count():
            turn_id = workspace.begin_turn(ME, conversation_id, f"other-{n}")
            workspace.add_text(turn_id, RURAL.answer[:10])
            workspace.finish_turn(turn_id, RURAL)
            if n == 5:
                ready.set()


def test_two_processes_write_at_once_and_one_that_is_killed_harms_nothing(address: Path | str) -> None:
    spawn = multiprocessing.get_context("spawn")
    with Workspace.open(address) as workspace:
        conversation_id = workspace.create(ME).id
        ready = spawn.Event()
        other = spawn.Process(target=_ask_for_ever, args=(address, conversation_id, ready))
        other.start()
        own = 0
        while not (ready.is_set() and own >= 10):
            workspace.finish_turn(workspace.begin_turn(ME, conversation_id, f"own-{own}"), RURAL)
            own += 1
            time.sleep(0 if ready.is_set() else 0.2)
            assert other.is_alive()
        assert other.pid is not None
        os.kill(other.pid, signal.SIGKILL)
        other.join(30)
        turns = workspace.conversation(ME, conversation_id).turns
        for name, least in (("own", own), ("other", 5)):
            numbers = [int(turn.question.split("-")[1]) for turn in turns if turn.question.startswith(name)]
            assert numbers == list(range(len(numbers))), "a turn was lost, or came twice"
            assert len(numbers) >= least
        left = [turn for turn in turns if turn.state != "answered"]
        assert len(left) <= 1
        assert all(turn.answer == RURAL for turn in turns if turn not in left)
        assert workspace.end_turn(workspace.begin_turn(ME, conversation_id, "还能写"), "stopped")
    if isinstance(address, Path):
        with closing(sqlite3.connect(address)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


# Versions


def test_a_database_of_an_earlier_version_is_brought_up_to_date_once(address: Path | str) -> None:
    with Workspace.open(address) as workspace:
        asked(workspace, RURAL)
    ran: list[str] = []

    def step(name: str) -> Callable[[sa.Connection], None]:
        def apply(connection: sa.Connection) -> None:
            ran.append(name)
            connection.exec_driver_sql("ALTER TABLE meta ADD COLUMN note TEXT" if name == "one" else "SELECT 1")

        return apply

    for _ in range(2):
        engine = open_database(address, steps=[step("one"), step("two")])
        with engine.begin() as connection:
            assert connection.execute(sa.select(META.c.value)).scalar_one() == "3"
        engine.dispose()
    assert ran == ["one", "two"]
    with pytest.raises(WorkspaceError, match="请升级 youju"):
        Workspace.open(address)


def test_a_step_that_fails_changes_nothing(address: Path | str) -> None:
    with Workspace.open(address) as workspace:
        conversation_id = asked(workspace, RURAL)

    def fails(connection: sa.Connection) -> None:
        connection.exec_driver_sql("DELETE FROM conversations")
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        open_database(address, steps=[fails])
    with Workspace.open(address) as workspace:
        assert workspace.conversation(ME, conversation_id).turns[0].answer == RURAL


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("nonsense://x", "不认识这种数据库"),
        ("postgresql+psycopg://me:geheim@/x?host=/nowhere", "打不开|缺少它的驱动"),
        ("://", "YOUJU_DATABASE 不是数据库的地址"),
    ],
)
def test_an_address_that_leads_nowhere_is_told_without_its_password(wrong: str, message: str) -> None:
    with pytest.raises(WorkspaceError, match=message) as told:
        Workspace.open(wrong)
    assert "geheim" not in str(told.value)


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    file = tmp_path / "workspace.sqlite3"
    file.write_text("这不是数据库" * 100, encoding="utf8")
    with pytest.raises(WorkspaceError, match="打不开"):
        Workspace.open(file)
    assert file.read_text(encoding="utf8").startswith("这不是数据库")
