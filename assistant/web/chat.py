"""The web chat: a Gradio page over an Assistant, in Chinese or English.

The server keeps nothing about a visitor. The conversation is a JSON value in the browser, sent along with each question
and kept over a reload in the tab's session storage, so tabs are independent of each other. Python renders the HTML
(`html.py`); `assets/page.js` keeps that value, scrolls, copies, and turns clicks into the events below.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import gradio as gr
from pydantic import BaseModel, BeforeValidator, Field, TypeAdapter, ValidationError

from assistant.answers import Answer, Turn
from assistant.ask import SAMPLE_LIBRARY
from assistant.config import MAX_QUESTION_CHARS, MAX_TURNS
from assistant.web import html as page
from assistant.web.html import Spot
from assistant.web.progress import progress
from assistant.web.words import WORDS, Words

if TYPE_CHECKING:
    from fastapi import FastAPI

    from assistant.ask import Assistant
    from index.catalog.rows import DocumentInfo

EXAMPLES = (
    "2025年嘉兴农村居民人均可支配收入是多少？",
    "浙江的“三大差距”指的是什么？",
    "浙江城乡居民收入倍差是多少？",
    "2023年杭州市常住人口是多少？",
)
"""Questions on the sample library, shown while that is what is asked; it has no answer to the last one, and says so."""
_ASSETS = Path(__file__).parent / "assets"
_LOOK_S = 3.0
"""Between looks at what is being done on the index."""
_PIECES_S = 0.04
"""How often a streaming answer is sent to the browser at most."""
_ANSWER: TypeAdapter[Answer] = TypeAdapter(Answer)
logger = logging.getLogger(__name__)


def _kept(stored: Any) -> list[Answer]:
    """The answers in what the browser sent, without those that this version can't read."""
    answers = []
    for data in stored if isinstance(stored, list) else []:
        try:
            answers.append(_ANSWER.validate_python(data))
        except ValidationError:
            logger.info("a stored turn is no answer and was dropped")
    return answers[-MAX_TURNS:]


class Session(BaseModel):
    """What the browser keeps, and sends with each event: untrusted, and only ever shown back to its sender."""

    language: Literal["zh", "en"] = "zh"
    turns: Annotated[list[Answer], BeforeValidator(_kept)] = []
    asking: Annotated[str, Field(max_length=MAX_QUESTION_CHARS)] = ""
    """The question whose answer is being written."""
    place: Annotated[str, Field(max_length=200)] = ""
    """What the source panel shows: what stands after # in the address."""

    @classmethod
    def read(cls, data: Any) -> Session:
        """The session, or a new one where `data` is damaged."""
        try:
            return cls.model_validate(data)
        except ValidationError:
            return cls()

    @property
    def words(self) -> Words:
        """The page's words in this session's language."""
        return WORDS[self.language]


def mount(app: FastAPI, assistant: Assistant) -> None:
    """Puts the chat page at `/` of `app`. Nothing that it loads comes from outside the server."""
    # After each event Gradio would sum up the last 10,000 of them with pandas, for a page that is switched off here.
    os.environ.setdefault("GRADIO_ANALYTICS_CACHE_FREQUENCY", "1000000000")
    os.environ.setdefault("GRADIO_ANALYTICS_MAX_EVENTS", "1")
    style = (_ASSETS / "page.css").read_text("utf-8")
    script = (_ASSETS / "page.js").read_text("utf-8")
    gr.mount_gradio_app(
        app,
        _chat(assistant),
        path="/",
        head=f"<style>{style}</style><script>{script}</script>",
        # Named fonts only: Gradio's default theme would fetch its own from Google.
        theme=gr.themes.Base(font=["system-ui"], font_mono=["monospace"]),
        favicon_path=str(_ASSETS / "favicon.svg"),
        footer_links=[],
        show_error=False,
        ssr_mode=False,
        mcp_server=False,
        enable_monitoring=False,
        # The page uploads nothing, so nobody can.
        max_file_size=1,
    )


def _chat(assistant: Assistant) -> Any:
    """The page as a gr.Blocks: its components, what each event does, and which event is whose."""
    words = WORDS["zh"]
    unlabelled: dict[str, Any] = {"show_label": False, "container": False}
    asks = "youju.conversation(element, (data) => trigger('ask', data))"
    opens = "youju.panel(element, () => trigger('open'))"
    with gr.Blocks(title="有据 Youju", analytics_enabled=False, fill_width=True) as blocks:
        session = gr.JSON(Session().model_dump(mode="json"), visible=False)
        with gr.Row(elem_id="yj-top"):
            header = gr.HTML(elem_id="yj-header", apply_default_css=False)
            work = gr.HTML(elem_id="yj-work", apply_default_css=False)
            new = gr.Button(words.new_conversation, elem_id="yj-new")
            language = gr.Button(words.other_language, elem_id="yj-language")
        with gr.Column(elem_id="yj-chat"):
            with gr.Column(elem_id="yj-scroll"):
                log = gr.HTML(elem_id="yj-log", apply_default_css=False, js_on_load=asks)
                live = gr.HTML(elem_id="yj-live", apply_default_css=False, js_on_load=asks)
            with gr.Row(elem_id="yj-composer"):
                box = gr.Textbox(elem_id="yj-box", max_lines=6, autofocus=True, **unlabelled)
                send = gr.Button(words.ask, elem_id="yj-send", variant="primary")
                stop = gr.Button(words.stop, elem_id="yj-stop")
        look = gr.Timer(_LOOK_S)
        panel = gr.HTML(elem_id="yj-panel", apply_default_css=False, js_on_load=opens)

    def shown(current: Session) -> dict[Any, Any]:
        """Every component for `current`."""
        words = current.words
        documents = assistant.index.documents()
        sample = _is_sample(documents)
        name = words.sample_library if sample else Path(assistant.name).name
        welcome = page.welcome(EXAMPLES if sample else (), words)
        broken_off = page.unanswered(current.asking, words.interrupted, words) if current.asking else ""
        return {
            session: current.model_copy(update={"asking": ""}).model_dump(mode="json"),
            header: page.header(name, len(documents), words),
            work: progress(assistant.index.jobs.under_way(), words),
            log: page.conversation(current.turns, words) if current.turns or broken_off else welcome,
            live: broken_off,
            panel: panel_for(current, current.place),
            box: gr.Textbox(placeholder=words.placeholder, label=words.placeholder),
            send: gr.Button(words.ask),
            stop: gr.Button(words.stop),
            new: gr.Button(words.new_conversation),
            language: gr.Button(words.other_language),
        }

    def panel_for(current: Session, text: str) -> str:
        """The source panel at the place that `text` names."""
        place = Spot.read(text)
        if place is None or text == page.LIBRARY:
            index = assistant.index
            return page.library(
                index.documents(), current.words, unread=index.unread(), standing=index.standings().today
            )
        try:
            document = assistant.index.document(place.document_id)
        except LookupError:
            document = None
        cited = (c for answer in reversed(current.turns) for c in answer.citations)
        same = (c for c in cited if (c.document_id, c.start, c.end) == (place.document_id, place.start, place.end))
        standing = assistant.index.standings().today(place.document_id)
        return page.source(place, document, current.words, citation=next(same, None), standing=standing)

    def look_at_work(data: Any) -> str:
        return progress(assistant.index.jobs.under_way(), Session.read(data).words)

    def load(data: Any) -> dict[Any, Any]:
        return shown(Session.read(data))

    def switch(data: Any) -> dict[Any, Any]:
        current = Session.read(data)
        return shown(current.model_copy(update={"language": "zh" if current.language == "en" else "en"}))

    def begin(data: Any) -> dict[Any, Any]:
        return shown(Session(language=Session.read(data).language))

    def open_place(data: Any) -> str:
        current = Session.read(data)
        return panel_for(current, current.place)

    def stopped(data: Any) -> dict[Any, Any]:
        current = Session.read(data)
        turn = page.unanswered(current.asking, current.words.stopped, current.words) if current.asking else ""
        return {live: turn, session: current.model_copy(update={"asking": ""}).model_dump(mode="json")}

    def ask(typed: str, data: Any, event: gr.EventData) -> Iterator[dict[Any, Any]]:
        """Answers what was typed, or the question of the button that was clicked; yields the turn as it is written."""
        current = Session.read(data)
        words = current.words
        question = str((event._data or {}).get("question", typed)).strip()
        if not question:
            yield {box: ""}
            return
        if len(question) > MAX_QUESTION_CHARS:
            # No limit on the box itself: it would cut a pasted text, and what is left would be asked.
            yield {live: page.not_asked(words.too_long(len(question), MAX_QUESTION_CHARS))}
            return
        asking = current.model_copy(update={"asking": question})
        log_now = page.conversation(current.turns, words)
        yield {box: "", live: page.writing(question, "", words), log: log_now, session: asking.model_dump(mode="json")}
        try:
            history = [Turn(answer.question, answer.answer, answer.titles) for answer in current.turns]
            text, sent_s = "", time.monotonic()
            for item in assistant.stream(question, history=history):
                if isinstance(item, Answer):
                    current = current.model_copy(update={"turns": [*current.turns, item][-MAX_TURNS:]})
                    break
                text += item
                if time.monotonic() - sent_s >= _PIECES_S:
                    yield {live: page.writing(question, text, words)}
                    sent_s = time.monotonic()
            else:
                raise RuntimeError("the assistant gave no answer")
        except Exception:
            logger.exception("a question in the web chat failed")
            yield {live: page.unanswered(question, words.failed, words), session: current.model_dump(mode="json")}
            return
        done = {log: page.conversation(current.turns, words), live: "", session: current.model_dump(mode="json")}
        answer = current.turns[-1]
        if answer.status == "answered" and answer.citations:
            first = answer.citations[0]
            done[panel] = panel_for(current, str(Spot(first.document_id, first.start, first.end)))
        yield done

    everything = [session, header, work, log, live, panel, box, send, stop, new, language]
    # Waiting is shown in the turn itself, and no event waits for another visitor's.
    quiet: dict[str, Any] = {"show_progress": "hidden", "concurrency_limit": None, "api_visibility": "private"}
    asked: dict[str, Any] = {"fn": ask, "inputs": [box, session], "outputs": [log, live, panel, box, session], **quiet}
    with blocks:
        blocks.load(load, session, everything, js="(session) => youju.recall(session)", **quiet)
        session.change(None, session, None, js="(session) => youju.keep(session)")
        # Not the conversation, only its language: this is sent every few seconds.
        look.tick(look_at_work, session, work, js="(session) => [{language: session.language}]", **quiet)
        asking = [gr.on([box.submit, send.click], **asked), log.ask(**asked), live.ask(**asked)]
        # First the end, then the word of it: a piece still under way would be written over the word.
        ended = stop.click(None, None, None, cancels=asking, **quiet)
        ended.then(stopped, session, [live, session], **quiet)
        # Whoever clicks on before the panel is there wants the last place, not the first.
        here = "(session) => youju.here(session)"
        panel.open(open_place, session, panel, js=here, trigger_mode="always_last", **quiet)
        language.click(switch, session, everything, js=here, **quiet)
        new.click(begin, session, everything, cancels=asking, js="(session) => (youju.forget(), [session])", **quiet)
    return blocks


def _is_sample(documents: Sequence[DocumentInfo]) -> bool:
    return bool(documents) and all(Path(d.uri).is_relative_to(SAMPLE_LIBRARY) for d in documents)
