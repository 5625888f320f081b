"""A library of one's own, empty at first, for the tests of what brings documents to it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fastapi import FastAPI

from assistant.ask import Assistant, open_index
from assistant.cli.working import work
from assistant.config import Config
from assistant.server.app import create_app
from assistant.server.routes.assets import asset_routes
from assistant.server.routes.library_pages import library_page_routes
from assistant.uploads.store import Uploads

FEES = "云栖市停车收费办法\n云栖市发展和改革委员会\n2025年3月5日\n第一条 机动车停放每小时收费5元。\n"
FEES_NEW = FEES.replace("5元", "8元")
SUBSIDY = "云栖市养老补贴办法\n云栖市民政局\n2024年6月1日\n第一条 八十岁以上老人每月补贴300元。\n"


def own_library(data_dir: Path) -> Assistant:
    """An assistant over the default index in `data_dir`, which holds nothing yet."""
    config = Config(data_dir=data_dir, embedder="static:")
    return Assistant(open_index(config, data_dir), config, name="自己的文库")


def app_of_pages(assistant: Assistant) -> FastAPI:
    """The application with the library's pages and without the chat page, which takes long to make."""
    app = create_app(assistant, web=False)
    app.include_router(asset_routes())
    app.include_router(library_page_routes(assistant, Uploads(assistant)))
    return app


def drain(assistant: Assistant) -> None:
    """Does all jobs here and now."""
    index = assistant.gathering
    with index.jobs.taking(wait_s=30) as run_next:
        while run_next(index.do) is not None:
            pass


@contextmanager
def worker(assistant: Assistant) -> Iterator[None]:
    """Does jobs as they come, as the process beside a server does."""
    config, ended = assistant.config, threading.Event()
    with open_index(config, config.data_dir) as index:
        thread = threading.Thread(target=work, args=(index, ended), daemon=True)
        thread.start()
        yield
        ended.set()
        thread.join(30)
