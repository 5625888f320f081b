"""Who may reach the server: under which names, from which sites' pages, and through which proxy.

Who a request comes from is asked behind this (`door.py`); what keeps a stranger's web page out is here. A page may only
call where it came from: no reply allows another origin, and a request that names one is refused. A page may also be
served under a name of its own that is then pointed at this machine (DNS rebinding), which makes it the same origin for
the browser: hence only the server's own names are answered to.

Pages of sites that were named (`youju serve --allow-origin`) may ask, and nothing else: the chat bubble on them does
(`assistant/web/assets/widget.js`). They ask without anybody's cookies: by a key, or as any visitor.

A reverse proxy says in X-Forwarded-Host, -Proto and -Prefix under which address it was reached. Those are checked like
what they stand for, put into the request, and taken out, so that everything behind this reads one address. Where the
request came from, X-Forwarded-For, only a proxy on this machine is believed, or one that was named.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import quote, urlsplit

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.server.errors import error_response

_AUTHORITY = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(?P<port>\d{1,5}))?")
_PREFIX = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)+")
_MAX_PREFIX_CHARS = 200
_FORWARDED = frozenset(
    # Gradio takes its address from the last one, too.
    [
        b"forwarded",
        b"x-forwarded-for",
        b"x-forwarded-host",
        b"x-forwarded-proto",
        b"x-forwarded-prefix",
        b"x-gradio-server",
    ]
)
_DEFAULT_PORTS = {"http": 80, "https": 443}
_OF_OTHER_SITES = frozenset([("POST", "/v1/ask"), ("OPTIONS", "/v1/ask"), ("GET", "/widget.js")])
_MAY_ASK = {
    "access-control-allow-methods": "POST",
    "access-control-allow-headers": "authorization, content-type",
    "access-control-max-age": "600",
}


@dataclass(frozen=True, slots=True)
class Access:
    """What the server was told about how it is reached."""

    open: bool = False
    """Not only from this machine: any IP address and this machine's own name are its names as well."""
    names: tuple[str, ...] = ()
    """Other host names it is reached under, a reverse proxy's for one."""
    root_path: str = ""
    """The path of a reverse proxy below which it is reached, such as /youju; empty: at the proxy's own word."""
    proxies: tuple[str, ...] = ()
    """Networks, such as 172.16.0.0/12, of reverse proxies that say truly where a request came from."""
    origins: tuple[str, ...] = ()
    """Of sites whose pages may ask: https://www.example.cn."""

    def believes(self, peer: str) -> bool:
        """Whether `peer`, an address, is a proxy that says truly where a request came from."""
        try:
            address = ipaddress.ip_address(peer)
            return address.is_loopback or any(
                address in ipaddress.ip_network(each, strict=False) for each in self.proxies
            )
        except ValueError:
            return False

    @property
    def is_shared(self) -> bool:
        """Whether it is reached from elsewhere: opened, under another name, or below a reverse proxy's path."""
        return self.open or bool(self.root_path) or any(name.lower() != "localhost" for name in self.names)

    def answers_to(self, host: str) -> bool:
        """Whether `host`, a name or an address without a port, is one of the server's."""
        host = host.lower().removesuffix(".")
        if host in {"localhost", *(name.lower() for name in self.names)} or host.endswith(".localhost"):
            return True
        try:
            address = ipaddress.ip_address(host.strip("[]"))
        except ValueError:
            own = socket.gethostname().lower()
            return self.open and host in {own, f"{own}.local"}
        # An address can't be pointed elsewhere, as a name can.
        return self.open or address.is_loopback


LOCAL = Access()
"""From this machine only, under its own names."""


def read_origin(text: str) -> str:
    """An origin as browsers write it. Raises ValueError where it is none."""
    given = text.strip().lower().rstrip("/")
    parts = urlsplit(given)
    try:
        is_one = parts.scheme in _DEFAULT_PORTS and _AUTHORITY.fullmatch(parts.netloc) and parts.port != 0
    except ValueError:
        is_one = False
    if not is_one or given != f"{parts.scheme}://{parts.netloc}":
        raise ValueError(f"{text[:200]!r} 不是网站的来源：请写成 https://www.example.cn 这样，带协议，不带路径")
    return given.removesuffix(f":{_DEFAULT_PORTS[parts.scheme]}")


def read_root_path(text: str) -> str:
    """The path as it is put before every address: "" or such as /youju.

    Raises ValueError where it is no plain path: it ends up in the page.
    """
    path = text.strip().rstrip("/")
    if path and (len(path) > _MAX_PREFIX_CHARS or not _PREFIX.fullmatch(path)):
        raise ValueError(f"{text[:_MAX_PREFIX_CHARS]!r} 不是路径：请写成 /youju 这样，只用字母、数字和 - _ . ~")
    return path


class OwnPagesOnly:
    """ASGI middleware, the outermost: lets in what `access` allows, and lets no other site's page read a reply."""

    def __init__(self, app: ASGIApp, *, access: Access) -> None:
        self._app = app
        origins = tuple(map(read_origin, access.origins))
        self._access = replace(access, root_path=read_root_path(access.root_path), origins=origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers 400 to a name that isn't the server's, 403 to another site's page."""
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        if scope["type"] != "http":
            return await send({"type": "websocket.close", "code": 1008})  # nothing here speaks it
        try:
            own = self._as_reached(scope)
        except _RefusedError as refused:
            answer = error_response(refused.status, str(refused), code=refused.code)
            return await answer(scope, receive, send)
        if own["path"] == own["root_path"] != "":
            # The page finds its files relative to its own address, which has to end in a slash.
            address = quote(f"{own['root_path']}/")
            query = own.get("query_string", b"").decode("latin-1")
            return await RedirectResponse(f"{address}?{query}" if query else address)(scope, receive, send)

        opened: list[tuple[bytes, bytes]] = []
        if origin := self._asking_site(Headers(scope=scope), own):
            opened = [
                (b"access-control-allow-origin", origin.encode("latin-1")),
                (b"access-control-expose-headers", b"Retry-After"),
                (b"vary", b"Origin"),
            ]
            if own["method"] == "OPTIONS":
                return await Response(status_code=204, headers=_MAY_ASK | {k.decode(): v.decode() for k, v in opened})(
                    scope, receive, send
                )
            own["headers"] = [item for item in own["headers"] if item[0] != b"cookie"]

        async def closed(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept = [
                    item for item in message.get("headers", ()) if not item[0].lower().startswith(b"access-control-")
                ]
                message = {**message, "headers": [*kept, *opened]}
            await send(message)

        return await self._app(own, receive, closed)

    def _asking_site(self, headers: Headers, own: Scope) -> str:
        """The origin of another site's page that may ask, where it does so; else ""."""
        origin = headers.get("origin", "")
        path = own["path"].removeprefix(own["root_path"])
        return origin if origin in self._access.origins and (own["method"], path) in _OF_OTHER_SITES else ""

    def _as_reached(self, scope: Scope) -> Scope:
        """The request at the address that the browser has for it. Raises _RefusedError."""
        headers = Headers(scope=scope)
        host = self._own_name(headers.getlist("host"))
        if forwarded := _first(headers, "x-forwarded-host"):
            host = self._own_name([forwarded])
        try:
            prefix = self._access.root_path or read_root_path(_first(headers, "x-forwarded-prefix"))
        except ValueError as error:
            raise _RefusedError(400, f"X-Forwarded-Prefix {error}", "bad_prefix") from None
        scheme = _first(headers, "x-forwarded-proto").lower()
        kept = [item for item in scope["headers"] if item[0] not in _FORWARDED and item[0] != b"host"]
        path = scope["path"]
        if prefix and path != prefix and not path.startswith(f"{prefix}/"):
            path = prefix + path  # the proxy has taken the prefix away
        own = {
            **scope,
            "client": self._client(scope, headers),
            "headers": [(b"host", host.encode("latin-1")), *kept],
            "scheme": scheme if scheme in _DEFAULT_PORTS else scope["scheme"],
            "root_path": prefix,
            "path": path,
            "raw_path": quote(path).encode("ascii"),
        }
        if not self._asking_site(headers, own):
            _check_origin(headers, host)
        return own

    def _client(self, scope: Scope, headers: Headers) -> tuple[str, int] | None:
        """Where the request came from: what the nearest proxy has added, where it is believed."""
        client: tuple[str, int] | None = scope.get("client")
        said = ",".join(headers.getlist("x-forwarded-for")).split(",")[-1].strip()
        if client is None or not said or not self._access.believes(client[0]):
            return client
        try:
            return str(ipaddress.ip_address(said)), 0
        except ValueError:
            return client

    def _own_name(self, given: Iterable[str]) -> str:
        """The one host, with its port, that a header names. Raises _RefusedError where it isn't the server's."""
        named = [_AUTHORITY.fullmatch(value.strip()) for value in given]
        if len(named) != 1 or named[0] is None:
            raise _RefusedError(400, "请求里没有写明主机名（Host），或写得不对。请检查地址或反向代理的设置", "bad_host")
        if not self._access.answers_to(named[0]["host"]):
            name = named[0]["host"]
            raise _RefusedError(
                400,
                f"本服务不认识主机名 {name}。若这是本服务的地址，请在启动时写明：youju serve --allow-host {name}",
                "unknown_host",
            )
        return named[0][0]


class _RefusedError(Exception):
    def __init__(self, status: int, message: str, code: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


def _check_origin(headers: Headers, host: str) -> None:
    """Raises _RefusedError for a request that another site's page makes and could have an effect by, or read."""
    origin = headers.get("origin")
    # The browser says it itself, and no page can say it in its place. Plain HTTP to another machine comes without it.
    if origin is None or headers.get("sec-fetch-site") in {"same-origin", "none"}:
        return
    try:
        parts = urlsplit(origin)
        default = _DEFAULT_PORTS[parts.scheme]
        own = urlsplit(f"//{host}")
        same = (parts.hostname, parts.port or default) == (own.hostname, own.port or default)
    except (KeyError, ValueError):
        same = False  # "null", of a file or a page in a sandbox, and what is no origin at all
    if not same:
        raise _RefusedError(
            403,
            f"来自 {origin[:200]} 的网页不能调用 {host} 上的服务。"
            "若是经反向代理打开的，请让代理转发原来的主机名和端口：proxy_set_header Host $http_host",
            "foreign_origin",
        )


def _first(headers: Headers, name: str) -> str:
    """What the outermost proxy says, where several have added their word."""
    return (headers.get(name) or "").split(",")[0].strip()
