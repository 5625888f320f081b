"""How the server is: for load balancers, and for Prometheus. None of it waits behind questions.

GET /healthz    that it runs, and can read its index
GET /readyz     whether questions should be sent to it now: 503 while it stops, and where no more may wait
GET /metrics    what is measured, in Prometheus' text form
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from assistant.server.errors import ErrorReply, error_response, logger
from assistant.server.library_replies import HealthReply, ReadyReply
from assistant.server.measures import MEDIA_TYPE, Measures
from assistant.server.requests import said

if TYPE_CHECKING:
    from assistant.ask import Assistant
    from assistant.server.queues import Lanes


def health_routes(assistant: Assistant, lanes: Lanes, measures: Measures) -> APIRouter:
    """GET /healthz, /readyz and /metrics."""
    router = APIRouter()
    own: list[CapacityLimiter] = []
    for name, lane in (("answers", lanes.answers), ("reads", lanes.others), ("uploads", lanes.uploads)):
        measures.watch(f"youju_{name}_running", f"{name}: at work now", lambda lane=lane: lane.running)  # type: ignore[misc]
        measures.watch(f"youju_{name}_waiting", f"{name}: waiting for their turn", lambda lane=lane: lane.waiting)  # type: ignore[misc]
        measures.watch(f"youju_{name}_refused", f"{name}: told to come again later", lambda lane=lane: lane.refused)  # type: ignore[misc]

    async def documents() -> int | None:
        """How many there are; None where the index can't be read."""
        if not own:
            own.append(CapacityLimiter(2))  # threads of its own, made inside the event loop
        try:
            return (await to_thread.run_sync(assistant.index.status, limiter=own[0])).documents
        except Exception:  # noqa: BLE001  a client gets an error it can read, whatever went wrong
            logger.exception("the index can't be read")
            return None

    def unreadable() -> JSONResponse:
        why = said("文库读不出来：请看服务器的日志", "the index can't be read; see the server's log")
        return error_response(503, why, code="index_unreadable", kind="server_error")

    @router.get("/healthz", response_model=HealthReply, responses={503: {"model": ErrorReply}})
    async def healthz() -> Any:
        """Whether the index can be read, and how many documents it holds."""
        count = await documents()
        return unreadable() if count is None else JSONResponse({"status": "ok", "documents": count})

    @router.get("/readyz", response_model=ReadyReply, responses={503: {"model": ReadyReply | ErrorReply}})
    async def readyz() -> Any:
        """Whether questions can be answered now."""
        count = await documents()
        if count is None:
            return unreadable()
        answers = lanes.answers
        is_ready = not lanes.is_closing and answers.waiting < max(1, lanes.load.waiting)
        told = {"ready": is_ready, "documents": count, "answering": answers.running, "waiting": answers.waiting}
        return JSONResponse(told, 200 if is_ready else 503)

    @router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
    async def metrics() -> Response:
        """Requests by route and status, how long they took and waited, answers by outcome, and the process."""
        return Response(measures.told(), headers={"Content-Type": MEDIA_TYPE, "Cache-Control": "no-store"})

    return router
