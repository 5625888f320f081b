"""The settings page, and the list of feedback that it leads to. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from time import localtime, strftime
from typing import TYPE_CHECKING, Any

from assistant.presets import PRESETS, preset_at
from assistant.web import shell
from assistant.web.settings_words import SETTINGS
from assistant.web.words import Words

if TYPE_CHECKING:
    from assistant.config import Config
    from assistant.conversations.records import Feedback
    from index.status import Status

EMBEDDERS = {"": "automatic", "static:": "static", "contextual:": "contextual"}
"""What can be chosen for `Config.embedder`, and what it is called."""
FEEDBACK_PAGE = 30


@dataclass(frozen=True, slots=True)
class Chosen:
    """The settings as they are."""

    config: Config
    fixed: tuple[str, ...]
    """Environment variables that say what can't be changed here."""
    may_change: bool
    feedback: int
    """How many pieces of it there are."""
    accounts: str = ""
    """The sections about accounts and keys, as HTML."""
    who: str = ""
    """Who has logged in."""


def settings_page(chosen: Chosen, status: Status, words: Words) -> str:
    """The page at /settings."""
    told = _told(words)
    parts = (_writer(chosen, told), _search(chosen, status, told), _look(words, told), _feedback(chosen, told))
    body = f"<h1>{told['title']}</h1>{''.join(parts)}{chosen.accounts}{_data(chosen, status, told)}"
    return shell.page(
        body,
        words,
        title=told["title"],
        active="settings",
        who=chosen.who,
        styles=("settings.css", "accounts.css"),
        scripts=("settings.js", "accounts.js"),
    )


def feedback_page(
    feedback: Sequence[Feedback], total: int, offset: int, good: bool | None, words: Words, *, who: str = ""
) -> str:
    """The page at /feedback: the newest first, some at a time."""
    told = _told(words)
    items = "".join(_piece(each, words, told) for each in feedback)
    body = (
        f"<h1>{told['feedback']}</h1><p class='yj-lead'>{told['feedback_lead']}</p>"
        f"<p class='yj-row'>{_kinds(good, told)}"
        f'<a class="yj-button" href="v1/feedback?format=cases">{told["export"]}</a></p>'
        + (f'<ol class="yj-pieces">{items}</ol>' if items else f'<p class="yj-empty">{told["feedback_none"]}</p>')
        + _paging(offset, total, good, told)
    )
    return shell.page(body, words, title=told["feedback"], active="settings", who=who, styles=("settings.css",))


def _told(words: Words) -> dict[str, Any]:
    return SETTINGS["en" if words.language == "en" else "zh"]


def _section(title: str, inner: str) -> str:
    return f'<section class="yj-card yj-setting"><h2>{title}</h2>{inner}</section>'


def _writer(chosen: Chosen, told: Mapping[str, Any]) -> str:
    config = chosen.config
    if not chosen.may_change:
        return _section(told["writer"], f'<p class="yj-note">{told["forbidden"]}</p>')
    here = preset_at(config.base_url)
    service = "" if not config.model else here.name if here else "other"

    def option(value: str, label: str, **data: str) -> str:
        selected = " selected" if value == service else ""
        more = "".join(f' data-{name}="{escape(text)}"' for name, text in data.items())
        return f'<option value="{value}"{selected}{more}>{escape(label)}</option>'

    options = option("", told["none"]) + "".join(
        option(
            each.name,
            told["services"].get(each.name, each.label),
            address=each.base_url,
            models=" ".join(each.models),
            key=str(each.needs_key),
        )
        for each in PRESETS.values()
    )
    options += option("other", told["other"], key="True")
    disabled = " disabled" if chosen.fixed else ""
    fixed = f'<p class="yj-note">{told["fixed"]}{told["comma"].join(chosen.fixed)}</p>' if chosen.fixed else ""
    key_hint = told["key_kept"] if config.api_key else ""
    words = " ".join(f'data-{name}="{escape(told[name])}"' for name in ("testing", "saved"))
    form = (
        f'<form class="yj-form" data-settings {words}><fieldset{disabled}>'
        f'<label>{told["service"]}<select class="yj-select" name="service">{options}</select></label>'
        f'<div class="yj-of-model"><label>{told["address"]}<input class="yj-input" name="base_url" type="url" '
        f'value="{escape(config.base_url or "")}" placeholder="https://…/v1" autocomplete="off"></label>'
        f'<label>{told["model"]}<input class="yj-input" name="model" list="yj-models" value="{escape(config.model)}" '
        f'autocomplete="off"></label><datalist id="yj-models"></datalist>'
        f'<label>{told["key"]}<input class="yj-input" name="api_key" type="password" placeholder="{key_hint}" '
        f'autocomplete="new-password"></label><p class="yj-note">{told["key_hint"]}</p></div>'
        f'<p class="yj-row"><button type="submit" class="yj-button yj-primary">{told["save"]}</button>'
        f'<button type="button" class="yj-button" data-test>{told["test"]}</button>'
        f'<span class="yj-result" role="status"></span></p></fieldset></form>'
    )
    return _section(told["writer"], f'<p class="yj-lead">{told["writer_lead"]}</p>{fixed}{form}')


def _search(chosen: Chosen, status: Status, told: Mapping[str, Any]) -> str:
    lines = [f"<p>{told['answering']}{told['colon']}{_embedder(status.embedder, told)}</p>"]
    if status.switching_to:
        progress = told["catching_up"].format(
            escape(_called(status.switching_to, told)), f"{status.embedded:,}", f"{status.passages:,}"
        )
        bar = f'<progress max="{status.passages}" value="{status.embedded}" aria-label="{progress}"></progress>'
        lines.append(f'<p class="yj-note">{progress}</p>{bar}')
    if chosen.may_change and chosen.config.embedder in EMBEDDERS:
        options = "".join(
            f'<option value="{value}"{" selected" if value == chosen.config.embedder else ""}>{told[label]}</option>'
            for value, label in EMBEDDERS.items()
        )
        lines.append(
            f'<form class="yj-form" data-settings data-saved="{escape(told["restart"])}"><label>{told["embedder"]}'
            f'<select class="yj-select" name="embedder">{options}</select></label>'
            f'<p class="yj-row"><button type="submit" class="yj-button">{told["save"]}</button>'
            f'<span class="yj-result" role="status"></span></p><p class="yj-note">{told["restart"]}</p></form>'
        )
    return _section(told["search"], "".join(lines))


def _embedder(name: str, told: Mapping[str, Any]) -> str:
    """What an embedder is called, and which one it is exactly where it is one that comes along."""
    called = _called(name, told)
    if called == name:
        return f"<code>{escape(name)}</code>"
    return f'{escape(called)} <span class="yj-note">{escape(name)}</span>'


def _called(name: str, told: Mapping[str, Any]) -> str:
    return str(told["embedders"].get(name.partition("@")[0], name))


def _look(words: Words, told: Mapping[str, Any]) -> str:
    themes = "".join(
        f'<label class="yj-choose"><input type="radio" name="theme" value="{theme}">{told[theme]}</label>'
        for theme in ("system", "light", "dark")
    )
    languages = "".join(
        f'<button type="button" class="yj-button" data-language="{code}" lang="{code}"'
        f' aria-pressed="{"true" if is_here else "false"}">{label}</button>'
        for code, label, is_here in (("zh", "中文", words.language != "en"), ("en", "English", words.language == "en"))
    )
    return _section(
        told["look"],
        f'<fieldset class="yj-row"><legend class="yj-hidden">{words.theme}</legend>{themes}</fieldset>'
        f'<p class="yj-row">{languages}</p>',
    )


def _feedback(chosen: Chosen, told: Mapping[str, Any]) -> str:
    see = told["see_feedback"].format(chosen.feedback)
    return _section(
        told["feedback"],
        f'<p class="yj-lead">{told["feedback_lead"]}</p>'
        f'<p class="yj-row"><a class="yj-button" href="feedback">{see}</a>'
        f'<a class="yj-button" href="v1/feedback?format=cases">{told["export"]}</a></p>',
    )


def _data(chosen: Chosen, status: Status, told: Mapping[str, Any]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{told["parts"].get(part, escape(part))}</th><td>{_size(size)}</td></tr>'
        for part, size in status.sizes.items()
    )
    where = ""
    if chosen.may_change:  # a visitor has no business with where the server keeps its files
        where = (
            f'<p class="yj-note">{told["folder"]}{told["colon"]}<code>{escape(str(chosen.config.data_dir))}</code></p>'
        )
    return _section(told["data"], f'{where}<table class="yj-grid yj-sizes"><tbody>{rows}</tbody></table>')


def _size(count: int) -> str:
    return f"{count / 1e6:,.1f} MB" if count < 1e9 else f"{count / 1e9:,.2f} GB"


def _piece(said: Feedback, words: Words, told: Mapping[str, Any]) -> str:
    kind, label = ("yj-ok", told["good"]) if said.rating.good else ("yj-bad", told["bad"])
    when = words.date(strftime("%Y-%m-%d", localtime(said.updated)))
    tags = "".join(
        f'<span class="yj-badge yj-doubt">{escape(words.feedback.get(tag, tag))}</span>' for tag in said.rating.tags
    )
    reason = f"<p>{escape(said.rating.reason)}</p>" if said.rating.reason else ""
    right = ""
    if said.rating.right_answer:
        right = (
            f'<p class="yj-right"><strong>{told["right"]}{told["colon"]}</strong>{escape(said.rating.right_answer)}</p>'
        )
    cited = said.answer.citations if said.answer else ()
    sources = "".join(f"<li>《{escape(c.title)}》{told['colon']}{escape(c.quote)}</li>" for c in cited)
    quoted = f'<ol class="yj-note">{sources}</ol>' if sources else ""
    versions = " · ".join(f"{escape(name)} {escape(value)}" for name, value in said.versions.items())
    return (
        f'<li class="yj-card"><p class="yj-row"><span class="yj-badge {kind}">{label}</span>{tags}'
        f'<span class="yj-note">{when}</span></p><h3>{escape(said.question)}</h3><p>{escape(said.text)}</p>'
        f'{quoted}{reason}{right}<p class="yj-note">{versions}</p></li>'
    )


def _kinds(good: bool | None, told: Mapping[str, Any]) -> str:
    links = (
        ("feedback", told["all"], None),
        ("feedback?good=true", told["good"], True),
        ("feedback?good=false", told["bad"], False),
    )
    return "".join(
        f'<a class="yj-button" href="{where}"{" aria-current=page" if value is good else ""}>{label}</a>'
        for where, label, value in links
    )


def _paging(offset: int, total: int, good: bool | None, told: Mapping[str, Any]) -> str:
    kept = "" if good is None else f"&good={str(good).lower()}"
    newer = f'<a class="yj-button" href="feedback?offset={max(0, offset - FEEDBACK_PAGE)}{kept}">{told["newer"]}</a>'
    older = f'<a class="yj-button" href="feedback?offset={offset + FEEDBACK_PAGE}{kept}">{told["older"]}</a>'
    links = (newer if offset else "") + (older if offset + FEEDBACK_PAGE < total else "")
    return f'<p class="yj-row">{links}</p>' if links else ""
