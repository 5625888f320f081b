"""The parts of the settings page about accounts and keys, and the audit log. Pure functions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from time import localtime, strftime
from typing import TYPE_CHECKING, Any

from assistant.accounts.records import KEY_PER_DAY, KEY_PER_MINUTE, SCOPES, SCOPES_OF
from assistant.web import shell
from assistant.web.account_words import account_words

if TYPE_CHECKING:
    from assistant.accounts.records import Entry, Key, Principal, User
    from assistant.web.words import Words

LOG_PAGE = 100


@dataclass(frozen=True, slots=True)
class Known:
    """Who looks at the settings, and what there is for them to see."""

    who: Principal
    users: Sequence[User] = ()
    keys: Sequence[Key] = ()


def accounts_parts(known: Known, words: Words, *, now: float) -> str:
    """The sections of the settings page: for the first account, for an administrator, or for one's own password."""
    told = account_words(words)
    if known.who.kind == "local":
        return _first(told)
    parts = _own(told) if known.who.kind == "user" else ""
    if known.who.is_admin:
        parts += _people(known.users, told) + _keys(known.keys, told, now)
    return parts


def audit_page(entries: Sequence[Entry], before: int | None, words: Words, *, who: str) -> str:
    """The page at /audit."""
    told = account_words(words)
    rows = "".join(
        f"<tr><td>{_when(each.at)}</td><td>{escape(each.who) or told['nobody']}</td>"
        f"<td>{escape(told['events'].get(each.what, each.what))}"
        f"{f'<br><span class=yj-note>{escape(each.detail)}</span>' if each.detail else ''}</td>"
        f"<td>{escape(each.address) or told['command']}</td></tr>"
        for each in entries
    )
    heads = "".join(f'<th scope="col">{told[name]}</th>' for name in ("when", "who", "what", "from_where"))
    table = (
        f'<div class="yj-scrolled"><table class="yj-grid yj-log"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
        if rows
        else f'<p class="yj-empty">{told["none_yet"]}</p>'
    )
    newest = f'<a class="yj-button" href="audit">{told["newest"]}</a>' if before is not None else ""
    older = ""
    if len(entries) == LOG_PAGE:
        older = f'<a class="yj-button" href="audit?before={entries[-1].number}">{told["older"]}</a>'
    heading = f'<h1>{told["audit"]}</h1><p class="yj-lead">{told["audit_lead"]}</p>'
    body = f'{heading}{table}<p class="yj-row">{newest}{older}</p>'
    return shell.page(
        body, words, title=told["audit"], active="settings", who=who, styles=("settings.css", "accounts.css")
    )


def _section(name: str, title: str, inner: str) -> str:
    return f'<section class="yj-card yj-setting" id="{name}"><h2>{title}</h2>{inner}</section>'


def _first(told: Mapping[str, Any]) -> str:
    fields = _field("name", told["name"], "username") + _field(
        "password", told["password"], "new-password", told["password_hint"]
    )
    form = (
        f'<form class="yj-form" data-account="POST v1/accounts" data-saved="{escape(told["first_done"])}" '
        'data-leads="settings">'
        f'<input type="hidden" name="role" value="admin"><div class="yj-fields">{fields}</div>'
        f"{_send(told['first_admin'])}</form>"
    )
    return _section("accounts", told["accounts"], f'<p class="yj-lead">{told["first_lead"]}</p>{form}')


def _own(told: Mapping[str, Any]) -> str:
    fields = _field("current", told["current"], "current-password") + _field(
        "new", told["new_password"], "new-password", told["password_hint"]
    )
    form = (
        f'<form class="yj-form" data-account="PUT v1/me/password" data-saved="{told["changed"]}">'
        f'<div class="yj-fields">{fields}</div>{_send(told["save"])}</form>'
    )
    return _section("own", told["own"], form)


def _people(users: Sequence[User], told: Mapping[str, Any]) -> str:
    heads = "".join(f'<th scope="col">{told[name]}</th>' for name in ("name", "role", "groups", "last_seen", "state"))
    rows = "".join(_person(user, told) for user in users)
    table = (
        f'<div class="yj-scrolled yj-people"><table class="yj-grid"><thead><tr>{heads}<td></td></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )
    fields = (
        _field("name", told["name"], "off")
        + _field("password", told["password"], "new-password", told["password_hint"])
        + _role(told, "reader")
        + _groups(told, ())
    )
    form = (
        f'<details class="yj-more"><summary class="yj-button">{told["add"]}</summary>'
        f'<form class="yj-form" data-account="POST v1/accounts" data-saved="{told["saved"]}" data-leads="settings">'
        f'<div class="yj-fields">{fields}</div>{_send(told["add"])}</form></details>'
    )
    log = f'<p class="yj-row"><a class="yj-button" href="audit">{told["see_audit"]}</a></p>'
    return _section("accounts", told["accounts"], f'<p class="yj-lead">{told["lead"]}</p>{table}{form}{log}')


def _person(user: User, told: Mapping[str, Any]) -> str:
    state = (
        f'<span class="yj-badge yj-doubt">{told["disabled"]}</span>'
        if user.disabled
        else f'<span class="yj-badge yj-ok">{told["active"]}</span>'
    )
    to = f"v1/accounts/{escape(user.id)}"
    turn = told["enable"] if user.disabled else told["disable"]
    values = escape(json.dumps({"disabled": not user.disabled}))
    sure = escape(told["remove_sure"].format(user.name))
    fields = (
        _role(told, user.role)
        + _groups(told, user.groups)
        + _field("password", told["new_password"], "new-password", told["unchanged"], is_needed=False)
    )
    opens = (
        f'<button type="button" class="yj-plain" data-opens="change-{escape(user.id)}" '
        f'aria-label="{told["change"]} {escape(user.name)}">{told["change"]}</button>'
    )
    dialog = (
        f'<dialog class="yj-dialog" id="change-{escape(user.id)}" aria-label="{told["change"]}">'
        f'<form class="yj-form" data-account="PATCH {to}" data-saved="{told["saved"]}" data-leads="settings">'
        f"<h2>{escape(user.name)}</h2>{fields}"
        f'<p class="yj-result" role="status"></p><div class="yj-dialog-foot">'
        f'<button type="button" class="yj-plain" data-do="DELETE {to}" data-sure="{sure}" data-yes="{told["remove"]}" '
        f'data-no="{told["cancel"]}">{told["remove"]}</button>'
        f'<button type="button" class="yj-plain" data-do="PATCH {to}" data-body="{values}">{turn}</button>'
        f'<button type="button" class="yj-button" data-closes>{told["cancel"]}</button>'
        f'<button type="submit" class="yj-button yj-primary">{told["save"]}</button></div></form></dialog>'
    )
    seen = _when(user.last_seen) if user.last_seen else told["never"]
    return (
        f'<tr><th scope="row">{escape(user.name)}</th><td>{told["roles"][user.role]}</td>'
        f"<td>{_groups_told(user.groups, told)}</td><td>{seen}</td><td>{state}</td><td>{opens}{dialog}</td></tr>"
    )


def _keys(keys: Sequence[Key], told: Mapping[str, Any], now: float) -> str:
    rows = "".join(_key(key, told, now) for key in keys)
    heads = "".join(
        f'<th scope="col">{told[name]}</th>' for name in ("key_name", "scopes", "groups", "last_seen", "state")
    )
    table = (
        f'<div class="yj-scrolled yj-people"><table class="yj-grid"><thead><tr>{heads}<td></td></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
        if rows
        else f'<p class="yj-note">{told["none_yet"]}</p>'
    )
    scopes = "".join(
        f'<label><input type="checkbox" name="scopes" value="{scope}"{" checked" if scope in ("ask", "read") else ""}>'
        f"{told['scope_names'][scope]}</label>"
        for scope in SCOPES
    )
    fields = (
        _field("name", told["key_name"], "off")
        + _groups(told, ())
        + _field("days", told["days"], "off", kind="number", is_needed=False)
        + _field("per_minute", told["per_minute"], "off", kind="number", value=str(KEY_PER_MINUTE))
        + _field("per_day", told["per_day"], "off", kind="number", value=str(KEY_PER_DAY))
        + f"<fieldset><legend>{told['scopes']}</legend>{scopes}</fieldset>"
    )
    form = (
        f'<details class="yj-more"><summary class="yj-button">{told["add_key"]}</summary>'
        f'<form class="yj-form" data-account="POST v1/keys" data-once="{told["key_once"]}" '
        f'data-copies="{told["copy"]}" data-copied="{told["copied"]}">'
        f'<div class="yj-fields">{fields}</div>{_send(told["add_key"])}</form></details>'
    )
    return _section("keys", told["keys"], f'<p class="yj-lead">{told["keys_lead"]}</p>{table}{form}')


def _key(key: Key, told: Mapping[str, Any], now: float) -> str:
    name = escape(key.name)
    if key.is_valid(now):
        until = f"{told['expires']} {strftime('%Y-%m-%d', localtime(key.expires))}" if key.expires else told["active"]
        state = f'<span class="yj-badge yj-ok">{until}</span>'
        sure = escape(told["revoke_sure"].format(key.name))
        end = (
            f'<button type="button" class="yj-plain" data-do="DELETE v1/keys/{escape(key.id)}" data-sure="{sure}" '
            f'data-yes="{told["revoke"]}" data-no="{told["cancel"]}">{told["revoke"]}</button>'
        )
    else:
        state = f'<span class="yj-badge yj-doubt">{told["revoked"] if key.revoked else told["expired"]}</span>'
        end = ""
    used = _when(key.last_used) if key.last_used else told["never"]
    scopes = told["comma"].join(told["scope_names"][scope] for scope in key.scopes)
    return (
        f'<tr><th scope="row">{name}<br><code>{escape(key.prefix)}…</code></th><td>{scopes}</td>'
        f"<td>{_groups_told(key.groups, told)}</td><td>{used}</td><td>{state}</td><td>{end}</td></tr>"
    )


def _groups_told(groups: Sequence[str] | None, told: Mapping[str, Any]) -> str:
    if groups is None:
        return str(told["all_groups"])
    return str(told["comma"]).join(map(escape, groups)) or str(told["no_groups"])


def _field(
    name: str, label: str, complete: str, hint: str = "", *, kind: str = "", value: str = "", is_needed: bool = True
) -> str:
    kind = kind or ("password" if "password" in complete else "text")
    more = ' min="1" step="1"' if kind == "number" else ' maxlength="200"'
    return (
        f'<label>{label}<input class="yj-input" name="{name}" type="{kind}" value="{escape(value)}" '
        f'placeholder="{escape(hint)}" autocomplete="{complete}"{more}{" required" if is_needed else ""}></label>'
    )


def _role(told: Mapping[str, Any], chosen: str) -> str:
    options = "".join(
        f'<option value="{role}"{" selected" if role == chosen else ""}>{told["roles"][role]}</option>'
        for role in SCOPES_OF
    )
    return f'<label>{told["role"]}<select class="yj-select" name="role">{options}</select></label>'


def _groups(told: Mapping[str, Any], groups: Sequence[str] | None) -> str:
    value = "*" if groups is None else ", ".join(groups)
    return _field("groups", told["groups"], "off", told["groups_hint"], value=value, is_needed=False)


def _send(label: str) -> str:
    return (
        f'<p class="yj-row"><button type="submit" class="yj-button yj-primary">{label}</button>'
        f'<span class="yj-result" role="status"></span></p>'
    )


def _when(at: float) -> str:
    return strftime("%Y-%m-%d %H:%M", localtime(at))
