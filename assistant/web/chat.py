"""The chat page: a Gradio page over an Assistant and a Workspace, in Chinese or English.

Conversations are kept in the workspace; the page's address says which one is shown (`?c=ID`), and what the source panel
shows (after `#`), so a reload, a second tab and a link all come to the same. Python renders the HTML (`turns.py`,
`panel.py`); `assets/chat.js` fills the list of conversations, keeps the address, scrolls, and turns clicks into the
events below.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import gradio as gr
from pydantic import BaseModel, Field, ValidationError

from assistant.accounts.limits import LimitedError
from assistant.answers import Answer, Citation
from assistant.ask import SAMPLE_LIBRARY
from assistant.config import MAX_QUESTION_CHARS
from assistant.conversations.records import Conversation, NotKeptError
from assistant.conversations.writing import answered
from assistant.suggestions import Examples, follow_ups
from assistant.web import panel as panels
from assistant.web import shell, turns
from assistant.web.html import Spot
from assistant.web.turns import Library
from assistant.web.words import Words
from index.catalog.moments import read_by, readers
from index.filters import Filter, FilterError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastapi import FastAPI, Request

    from assistant.accounts.records import Principal
    from assistant.ask import Assistant
    from assistant.conversations.records import StoredTurn
    from assistant.conversations.store import Workspace

EXAMPLES = (
    "2025年嘉兴农村居民人均可支配收入是多少？",
    "浙江的“三大差距”指的是什么？",
    "浙江城乡居民收入倍差是多少？",
    "2023年杭州市常住人口是多少？",
)
"""Questions on the sample library, shown while that is what is asked; it has no answer to the last one, and says so."""
MOST_SHOWN = 60
"""Turns of a conversation that are shown at first."""
_PIECES_S = 0.04
"""How often a streaming answer is sent to the browser at most."""
_LOOK_S = 0.5
"""How often an answer that is written for another page is looked at."""
logger = logging.getLogger(__name__)


Values = Annotated[list[Annotated[str, Field(max_length=300)]], Field(max_length=50)]


class Limits(BaseModel):
    """Which documents a question is asked of; see `index.filters.Filter`."""

    documents: Values = []
    publishers: Values = []
    regions: Values = []
    tags: Values = []
    folders: Values = []
    since: Annotated[str, Field(max_length=10)] = ""
    until: Annotated[str, Field(max_length=10)] = ""
    standing: Annotated[str, Field(max_length=10)] = ""


class Session(BaseModel):
    """What the browser sends with each event: untrusted."""

    conversation: Annotated[str, Field(max_length=64)] = ""
    """Its id; empty for one that hasn't begun."""
    place: Annotated[str, Field(max_length=200)] = ""
    """What the source panel shows: what stands after # in the address."""
    cut: Annotated[str, Field(max_length=64)] = ""
    """The turn that the next question replaces, with all after it."""
    asking: Annotated[str, Field(max_length=64)] = ""
    """The turn that is being written."""
    begun: bool = False
    """The conversation begins with that turn, so the address has yet to name it."""
    whole: bool = False
    """Show every turn of a long conversation."""
    filter: Limits = Limits()

    @classmethod
    def read(cls, data: Any) -> Session:
        """The session, or a new one where `data` is damaged."""
        try:
            return cls.model_validate(data)
        except ValidationError:
            return cls()


@dataclass(frozen=True, slots=True)
class Visits:
    """What the page is told of a request."""

    principal: Callable[[Request], Principal]
    """Who it comes from."""
    name: Callable[[Request], str]
    """Of who has logged in; empty where nobody has."""
    asks: Callable[[Request], None]
    """Counts a question. Raises an error, which says so for people, where it is one too many."""


def mount(app: FastAPI, assistant: Assistant, workspace: Workspace, *, visits: Visits) -> None:
    """Puts the chat page at `/` of `app`. Nothing that it loads comes from outside the server."""
    # After each event Gradio would sum up the last 10,000 of them with pandas, for a page that is switched off here.
    os.environ.setdefault("GRADIO_ANALYTICS_CACHE_FREQUENCY", "1000000000")
    os.environ.setdefault("GRADIO_ANALYTICS_MAX_EVENTS", "1")
    gr.mount_gradio_app(
        app,
        _Chat(assistant, workspace, visits).blocks(),
        path="/",
        head=shell.head(
            styles=("chat.css", "charts.css", "print.css"), scripts=("limits.js", "leafing.js", "away.js", "chat.js")
        ),
        # Named fonts only: Gradio's default theme would fetch its own from Google.
        theme=gr.themes.Base(font=["system-ui"], font_mono=["monospace"]),
        favicon_path=str(shell.ASSETS / "favicon.svg"),
        footer_links=[],
        show_error=False,
        ssr_mode=False,
        mcp_server=False,
        enable_monitoring=False,
        # Files are brought in through the library page, never through Gradio.
        max_file_size=1,
    )


class _Chat:
    """What the page's events do."""

    def __init__(self, assistant: Assistant, workspace: Workspace, visits: Visits) -> None:
        self._assistant = assistant
        self._workspace = workspace
        self._visits = visits
        self._examples = Examples(assistant)
        self._known: dict[frozenset[str] | None, tuple[int, Library]] = {}
        """By the readers' groups, with the revision that it is of."""

    def blocks(self) -> Any:
        """The page as a gr.Blocks: its components, and which event is whose."""
        words = shell.words_of({})
        unlabelled: dict[str, Any] = {"show_label": False, "container": False}
        # Gradio knows an event of ours by its name standing in the script, in quotes.
        asks = (
            "const events = ['ask', 'follow', 'all']; "
            "youju.conversation(element, (name, data) => events.includes(name) && trigger(name, data))"
        )
        opens = "youju.panel(element, () => trigger('open'))"
        with gr.Blocks(title="有据 Youju", analytics_enabled=False, fill_width=True) as blocks:
            session = gr.JSON(Session().model_dump(), visible=False)
            bar = gr.HTML(elem_id="yj-top", apply_default_css=False)
            side = gr.HTML(
                elem_id="yj-side", apply_default_css=False, js_on_load="youju.side(element, () => trigger('open'))"
            )
            with gr.Column(elem_id="yj-chat"):
                with gr.Column(elem_id="yj-scroll"):
                    log = gr.HTML(elem_id="yj-log", apply_default_css=False, js_on_load=asks)
                    live = gr.HTML(elem_id="yj-live", apply_default_css=False, js_on_load=asks)
                scope = gr.HTML(elem_id="yj-scope", apply_default_css=False, js_on_load="youju.scope(element)")
                with gr.Row(elem_id="yj-composer"):
                    box = gr.Textbox(elem_id="yj-box", max_lines=6, autofocus=True, **unlabelled)
                    send = gr.Button(words.ask, elem_id="yj-send", variant="primary")
                    stop = gr.Button(words.stop, elem_id="yj-stop")
            panel = gr.HTML(elem_id="yj-panel", apply_default_css=False, js_on_load=opens)

            everything = [session, bar, side, log, live, panel, scope, box, send, stop]
            names = ("session", "bar", "side", "log", "live", "panel", "scope", "box", "send", "stop")

            def event(of: Callable[..., Any]) -> Callable[..., Any]:
                """`of` gives a mapping by name; Gradio wants it by component, in order."""
                return _by_component(of, dict(zip(names, everything, strict=True)), self._groups)

            # Waiting is shown in the turn itself, and no event waits for another visitor's.
            quiet: dict[str, Any] = {"show_progress": "hidden", "concurrency_limit": None, "api_visibility": "private"}
            here = "(...sent) => youju.here(sent)"
            blocks.load(event(self._load), session, everything, js=here, **quiet)
            session.change(None, session, None, js="(session) => youju.keep(session)")
            writes = {"outputs": [session, log, live, panel, box], **quiet}
            asking = [
                gr.on([box.submit, send.click], event(self._ask_typed), [box, session], js=here, **writes),
                *(each.ask(event(self._ask_chosen), session, js=here, **writes) for each in (log, live)),
                *(each.follow(event(self._follow), session, js=here, **writes) for each in (log, live)),
            ]
            # First the end, then the word of it: a piece still under way would be written over the word.
            ended = stop.click(None, None, None, cancels=asking, **quiet)
            ended.then(event(self._stopped), session, [session, log, live], **quiet)
            # Whoever clicks on before the panel is there wants the last place, not the first.
            panel.open(event(self._open_place), session, panel, js=here, trigger_mode="always_last", **quiet)
            # An answer goes on being written without the page that is left.
            left = side.open(None, None, None, cancels=asking, trigger_mode="multiple", **quiet)
            shows = {"outputs": [session, log, live, panel], **quiet}
            left.then(event(self._show), session, js=here, trigger_mode="always_last", **shows)
            log.all(event(self._show), session, js=here, **shows)
        return blocks

    # --- events: each gives what changes, by the component's name ---------------------------------------------------

    def _load(self, data: Any, request: gr.Request) -> dict[str, Any]:
        """The whole page for the conversation that the address names."""
        words = shell.words_of(request.cookies)
        library = turns.library_link(self._library(), words)
        bar = shell.bar(words, active="chat", up="", library=library, who=self._visits.name(request.request))
        return self._show(data, request) | {
            "bar": turns.listing(words) + bar,
            "side": turns.side(words),
            "scope": turns.scope(words),
            "box": gr.Textbox(placeholder=words.placeholder, label=words.placeholder),
            "send": gr.Button(words.ask),
            "stop": gr.Button(words.stop),
        }

    def _show(self, data: Any, request: gr.Request) -> dict[str, Any]:
        """The conversation that the address names. What stands around it stays: the script has filled the list, and
        named the theme."""
        current, words, owner = Session.read(data), shell.words_of(request.cookies), self._owner(request)
        kept = self._kept(owner, current.conversation)
        if kept is None:
            current = current.model_copy(update={"conversation": ""})
        changed = self._shown(current, words, kept, self._library())
        if kept is None and Session.read(data).conversation:
            changed["log"] = turns.lost(words) + changed["log"]
        return changed | {"panel": self._panel(current, words, kept) if current.place else ""}

    def _ask_typed(self, typed: str, data: Any, request: gr.Request) -> Iterator[dict[str, Any]]:
        yield from self._ask(typed, Session.read(data).model_copy(update={"cut": ""}), request, is_typed=True)

    def _ask_chosen(self, data: Any, event: gr.EventData, request: gr.Request) -> Iterator[dict[str, Any]]:
        sent = event._data or {}
        current = Session.read(data).model_copy(update={"cut": str(sent.get("cut", ""))[:64]})
        yield from self._ask(str(sent.get("question", "")), current, request, is_typed=False)

    def _ask(self, question: str, current: Session, request: gr.Request, *, is_typed: bool) -> Iterator[dict[str, Any]]:
        """Answers a question in the conversation, begun where there is none; yields the turn as it is written."""
        words, owner, question = shell.words_of(request.cookies), self._owner(request), question.strip()
        emptied = {"box": ""} if is_typed else {}
        if not question:
            yield emptied
            return
        try:
            through = Filter.of(**current.filter.model_dump())
        except FilterError as error:
            yield {"live": turns.not_asked(words.told(str(error)))}
            return
        if len(question) > MAX_QUESTION_CHARS:
            # No limit on the box itself: it would cut a pasted text, and what is left would be asked.
            yield {"live": turns.not_asked(words.too_long(len(question), MAX_QUESTION_CHARS))}
            return
        try:
            self._visits.asks(request.request)
        except LimitedError as error:
            yield {"live": turns.not_asked(words.told(str(error)))}
            return
        workspace = self._workspace
        kept = self._kept(owner, current.conversation)
        conversation = kept.info.id if kept else workspace.create(owner).id
        if current.cut and kept:
            try:
                workspace.cut(owner, conversation, current.cut)
            except NotKeptError:
                logger.info("the turn to be asked again is gone; the question is asked at the end")
        turn_id = workspace.begin_turn(owner, conversation, question)
        current = current.model_copy(update={"conversation": conversation, "asking": turn_id, "cut": ""})
        before = self._shown(current, words, self._kept(owner, conversation), self._library(), without=turn_id)
        session = current.model_copy(update={"begun": kept is None})
        yield before | {"session": session.model_dump(), "live": turns.writing(question, "", words), **emptied}
        text, sent_s = "", time.monotonic()
        try:
            for item in answered(workspace, self._assistant, owner, conversation, turn_id, question, through=through):
                if isinstance(item, Answer):
                    break
                text += item
                if time.monotonic() - sent_s >= _PIECES_S:
                    yield {"live": turns.writing(question, text, words)}
                    sent_s = time.monotonic()
        except Exception:
            logger.exception("a question in the web chat failed")
        yield self._ended(current, words, owner, turn_id)

    def _follow(self, data: Any, request: gr.Request) -> Iterator[dict[str, Any]]:
        """An answer that is being written for another page, or was when this one was loaded anew."""
        current, words, owner = Session.read(data), shell.words_of(request.cookies), self._owner(request)
        while (kept := self._kept(owner, current.conversation)) and kept.turns and kept.turns[-1].state == "asking":
            turn = kept.turns[-1]
            yield {"live": turns.writing(turn.question, turn.text, words)}
            time.sleep(_LOOK_S)
        last = kept.turns[-1].id if kept and kept.turns else ""
        yield self._ended(current, words, owner, last)

    def _stopped(self, data: Any, request: gr.Request) -> dict[str, Any]:
        current, words, owner = Session.read(data), shell.words_of(request.cookies), self._owner(request)
        if current.asking:
            try:
                self._workspace.stop(owner, current.asking)
            except NotKeptError:
                logger.info("the turn to be stopped is gone")
        return self._shown(current, words, self._kept(owner, current.conversation), self._library())

    def _open_place(self, data: Any, request: gr.Request) -> dict[str, Any]:
        current, words, owner = Session.read(data), shell.words_of(request.cookies), self._owner(request)
        return {"panel": self._panel(current, words, self._kept(owner, current.conversation))}

    # --- what they show ---------------------------------------------------------------------------------------------

    def _ended(self, current: Session, words: Words, owner: str, turn_id: str) -> dict[str, Any]:
        """The conversation with a turn that has come to its end, its first citation open."""
        kept = self._kept(owner, current.conversation)
        changed = self._shown(current, words, kept, self._library())
        turn = next((each for each in kept.turns if each.id == turn_id), None) if kept else None
        answer = turn.answer if turn else None
        if answer is not None and answer.status == "answered" and answer.citations:
            first = answer.citations[0]
            place = str(Spot(first.document_id, first.start, first.end))
            changed["panel"] = self._panel(current.model_copy(update={"place": place}), words, kept)
        else:
            changed["panel"] = ""  # an older answer's source beside a refusal would seem to be its own
        return changed

    def _shown(
        self, current: Session, words: Words, kept: Conversation | None, library: Library, *, without: str = ""
    ) -> dict[str, Any]:
        """The conversation; what is being written is shown apart from what is done."""
        told = [turn for turn in kept.turns if turn.id != without] if kept else []
        writing = told.pop() if told and told[-1].state == "asking" else None
        hidden = 0 if current.whole else max(0, len(told) - MOST_SHOWN)
        shown = [turns.shown_turn(turn, words) for turn in told[hidden:]]
        asked = writing.id if writing else without
        live = turns.writing(writing.question, writing.text, words, is_followed=True) if writing else ""
        if not shown and not asked:
            examples = EXAMPLES if library.is_sample else self._examples()
            log = turns.welcome(examples, library, words)
        else:
            log = turns.earlier(hidden, words) + turns.conversation(shown, words)
            if told and not asked and (answer := told[-1].answer) is not None:
                log += turns.suggestions(follow_ups(answer, self._assistant), words)
        state = current.model_copy(update={"asking": asked, "cut": "", "begun": False})
        return {"session": state.model_dump(), "log": log, "live": live}

    def _panel(self, current: Session, words: Words, kept: Conversation | None) -> str:
        """The source panel at the place that the address names."""
        place = Spot.read(current.place)
        if place is None:
            return ""
        index = self._assistant.index
        try:
            document = index.document(place.document_id)
        except LookupError:
            document = None
        standings = index.standings()
        return panels.source(
            place,
            document,
            words,
            citation=_citation_at(place, kept.turns if kept else ()),
            standing=standings.today(place.document_id) if document else None,
        )

    def _kept(self, owner: str, conversation_id: str) -> Conversation | None:
        if not conversation_id:
            return None
        try:
            return self._workspace.conversation(owner, conversation_id)
        except NotKeptError:
            return None

    def _library(self) -> Library:
        index = self._assistant.index
        revision = index.revision()
        known = self._known.get(readers())
        if known is None or known[0] != revision:
            is_sample = [Path(source.path) for source in index.registered()] == [SAMPLE_LIBRARY]
            library = Library(Path(self._assistant.name).name, index.counts()[0], is_sample)
            self._known[readers()] = known = (revision, library)
        return known[1]

    def _owner(self, request: gr.Request) -> str:
        return self._visits.principal(request.request).owner

    def _groups(self, request: gr.Request) -> frozenset[str] | None:
        return self._visits.principal(request.request).groups


def _citation_at(place: Spot, kept: Sequence[StoredTurn]) -> Citation | None:
    cited = (c for turn in reversed(kept) if turn.answer for c in turn.answer.citations)
    wanted = (place.document_id, place.start, place.end)
    return next((c for c in cited if (c.document_id, c.start, c.end) == wanted), None)


def _by_component(
    of: Callable[..., Any], components: dict[str, Any], groups: Callable[[gr.Request], frozenset[str] | None]
) -> Callable[..., Any]:
    """`of`, which gives what changes by name, as Gradio calls it: in a thread that knows nothing of who asks. So
    `groups` are looked up, and nothing is there for the event but what those may read."""
    from functools import wraps
    from inspect import isgeneratorfunction

    def named(changed: dict[str, Any]) -> dict[Any, Any]:
        return {components[name]: value for name, value in changed.items()}

    if isgeneratorfunction(of):

        @wraps(of)
        def several(*sent: Any, **more: Any) -> Iterator[dict[Any, Any]]:
            for changed in _each_read_by(_groups_in(sent, groups), of(*sent, **more)):
                yield named(changed)

        return several

    @wraps(of)
    def one(*sent: Any, **more: Any) -> dict[Any, Any]:
        with read_by(_groups_in(sent, groups)):
            return named(of(*sent, **more))

    return one


def _groups_in(sent: Sequence[Any], groups: Callable[[gr.Request], frozenset[str] | None]) -> frozenset[str] | None:
    """The groups of who sent an event; of nobody where Gradio doesn't say who did."""
    request = next((each for each in sent if isinstance(each, gr.Request)), None)
    return groups(request) if request is not None else frozenset()


def _each_read_by(groups: frozenset[str] | None, items: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The items, each made for these readers: they may come in one thread after the other."""
    try:
        while True:
            with read_by(groups):
                item = next(items, None)
            if item is None:
                return
            yield item
    finally:
        items.close()  # type: ignore[attr-defined]  # a generator
