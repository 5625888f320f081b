"""Where `youju serve` listens: an address of this machine, or, opened on purpose, one that others reach."""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import os
import signal
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assistant.ask import Assistant
    from assistant.config import Config
    from assistant.server.access import Access
    from assistant.server.load import Load


_WARMING, _WARMING_S = "2025年居民人均可支配收入是多少？", 30


class ServingError(ValueError):
    """Why the server isn't started: `str(error)` says what to write instead."""


def access(
    host: str,
    *,
    is_open: bool,
    names: Sequence[str],
    root_path: str,
    proxies: Sequence[str] = (),
    origins: Sequence[str] = (),
    config: Config | None = None,
    is_closed: Callable[[], bool] = lambda: False,
) -> Access:
    """How the server may be reached; what isn't said, `config` says. `is_closed` says whether it asks who somebody is.
    Raises ServingError where it would be open to others unasked, or can't be."""
    from assistant.server.access import Access, read_origin, read_root_path

    if not is_open and not _is_loopback(host) and not is_closed():
        raise ServingError(
            f"--host {host or '(空)'} 会让别的机器也能打开，而现在没有账号，谁打开都能读资料库。"
            f"请先建账号：youju account add 名字 --admin；确要不设账号，请加 --open；只在本机用，请去掉 --host"
        )
    try:
        path = read_root_path(root_path)
    except ValueError as error:
        raise ServingError(f"--root-path {error}") from None
    for name in names:
        if not name or set(name) & set("/:@ *"):
            raise ServingError(f"--allow-host {name!r} 不是主机名：请写成 youju.example.cn 这样，不带协议、端口和路径")
    for network in proxies:
        try:
            ipaddress.ip_network(network, strict=False)
        except ValueError:
            raise ServingError(f"--proxy {network!r} 不是地址或网段：请写成 172.18.0.2 或 172.18.0.0/16 这样") from None
    asking = origins or (config.origins if config is not None else ())
    try:
        sites = tuple(map(read_origin, asking))
    except ValueError as error:
        raise ServingError(f"{'--allow-origin' if origins else 'YOUJU_ALLOW_ORIGIN:'} {error}") from None
    own = () if not host or _address(host) else (host,)
    opened = not _is_loopback(host)
    return Access(open=opened, names=(*own, *names), root_path=path, proxies=tuple(proxies), origins=sites)


def listen(host: str, port: int) -> socket.socket:
    """A socket that holds the address, so that nobody takes it while the index opens. Raises ServingError."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (socket.gaierror, UnicodeError):
        raise ServingError(f"--host {host}: 找不到这个地址。只在本机用，请去掉 --host") from None
    listening = socket.socket(family, kind)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(128)
    except OSError as error:
        listening.close()
        raise ServingError(_why_not(host, port, error)) from None
    return listening


def _why_not(host: str, port: int, error: OSError) -> str:
    other = port + 1 if port < 65535 else port - 1
    if error.errno == errno.EADDRINUSE:
        return f"{host}:{port} 已被别的程序占用。请换一个端口：--port {other}，或先关掉那个程序"
    if error.errno in {errno.EACCES, errno.EPERM}:
        return f"没有权限用 {host}:{port}，1024 以下的端口要管理员权限。请换一个端口：--port 7860"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"--host {host}: 本机没有这个地址。只在本机用，请去掉 --host；让别的机器打开，请写 --host 0.0.0.0 --open"
    return f"{host}:{port} 用不了（{error.strerror}）。请换一个端口：--port {other}"


def load(environment: Mapping[str, str] = os.environ) -> Load:
    """How much the server takes on. Raises ServingError where the environment says what can't be."""
    from assistant.server import logs
    from assistant.server.load import Load

    try:
        logs.form_of(environment)
        return Load.of(environment)
    except ValueError as error:
        raise ServingError(str(error)) from None


def run(
    assistant: Assistant,
    listening: socket.socket,
    access: Access,
    bounds: Load | None = None,
    *,
    is_closed: bool = False,
    watch: bool = False,
) -> None:
    """Serves until it is told to stop; meanwhile a process beside it does the index's jobs, and with `watch` reads what
    changes. `is_closed` says whether it asks who somebody is."""
    import uvicorn

    from assistant.cli.terminal import errors
    from assistant.cli.working import working
    from assistant.server import logs
    from assistant.server.app import create_app
    from assistant.server.oidc import LogIns, provider
    from assistant.server.stopping import Stopping

    bounds = bounds or load()
    logs.set_up(os.environ)
    elsewhere = provider()
    server = create_app(assistant, access=access, load=bounds, log_ins=None if elsewhere is None else LogIns(elsewhere))
    host, port = listening.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    everywhere = ipaddress.ip_address(host).is_unspecified
    errors.print(f"请在浏览器打开 http://{'127.0.0.1' if everywhere else shown}:{port}  （按 Ctrl+C 结束）")
    if access.open:
        name = socket.gethostname() if everywhere else shown
        errors.print(f"别的机器打开 http://{name}:{port}，或用本机的 IP 地址。")
        if not is_closed:
            errors.print(
                "注意：没有账号。能连到这台机器的人，谁都能提问，能看不限读者组的全部文档；改设置、增删文档则谁都不能。"
                "要人登录，请建账号：youju account add 名字 --admin",
                style="bold red",
            )
    # What a proxy says is read in one place, and there with more care.
    settings = uvicorn.Config(
        server,
        log_config=None,
        log_level="warning",
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=bounds.stop_s,
    )
    # uvicorn raises the signal that has stopped it once more: so what is around this ends in order, too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with working(assistant.home, watch=watch):
        warming = warm_up(assistant)
        with contextlib.suppress(KeyboardInterrupt):
            # It has closed everything when it raises that once more.
            Stopping(settings, server.state.lanes).run(sockets=[listening])
        warming.join(_WARMING_S)  # Python can't end in order while a network is being asked


def warm_up(assistant: Assistant) -> threading.Thread:
    """Asks a question of its own, so that the first of somebody else's finds loaded what it needs: the index's latest
    state, its words, the reader. In the background, and without the model."""

    def ask() -> None:
        with contextlib.suppress(Exception):  # whoever asks is told what is wrong
            assistant.ask(_WARMING, quoted=True)

    thread = threading.Thread(target=ask, name="warm-up", daemon=True)
    thread.start()
    return thread


def _is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    address = _address(host)
    return address is not None and address.is_loopback


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
