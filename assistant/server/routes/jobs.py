"""Our own routes over the jobs of the index: which there are, how far they have come, stopped and done again."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi import Path as ApiPath
from pydantic import BaseModel

from assistant.server.errors import ErrorReply, error_response
from assistant.server.requests import said

if TYPE_CHECKING:
    from collections.abc import Callable

    from assistant.ask import Assistant
    from index.upkeep.jobs import Job


class ProgressReply(BaseModel):
    """How far a job has come; see `index.upkeep.progress`."""

    stage: Literal["waiting", "reading", "embedding", "building"]
    done: int
    total: int
    path: str
    page: int
    pages: int


class JobReply(BaseModel):
    """A job; moments are in seconds since 1970. See `index.upkeep.jobs.Job`."""

    number: int
    kind: Literal["update", "embed"]
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    paths: list[str]
    follow_links: bool
    is_change: bool
    progress: ProgressReply
    created: float
    started: float | None
    ended: float | None
    attempts: int
    is_stopping: bool
    reason: str | None


class JobWithOutcomeReply(JobReply):
    """The same, with what an update that is done came to: paths that were added, updated, removed, failed …"""

    outcome: dict[str, Any] | None


class JobsReply(BaseModel):
    """Jobs, the newest first."""

    jobs: list[JobReply]


Number = Annotated[int, ApiPath(ge=0, le=2**53)]
"""Of a job."""
_WRONG: dict[int | str, dict[str, Any]] = {404: {"model": ErrorReply}, 409: {"model": ErrorReply}}


def job_routes(assistant: Assistant) -> APIRouter:
    """GET /v1/jobs, GET /v1/jobs/{number}, POST /v1/jobs/{number}/cancel and /retry."""
    router = APIRouter()

    @router.get("/v1/jobs")
    def jobs(is_open: Annotated[bool, Query(alias="open")] = False) -> JobsReply:
        """What is to be done on the index, is being done, or was done of late; only what is not done yet with `open`,
        what is being done first."""
        found = assistant.gathering.jobs
        told = found.under_way() if is_open else found.all()
        return JobsReply(jobs=[JobReply.model_validate(asdict(each)) for each in told])

    @router.get("/v1/jobs/{number}", response_model=JobWithOutcomeReply, responses={404: _WRONG[404]})
    def job(number: Number) -> Any:
        """One job, with what it came to."""
        try:
            return _told(assistant.gathering.jobs.get(number))
        except KeyError:
            return _unknown(number)

    @router.post("/v1/jobs/{number}/cancel", response_model=JobWithOutcomeReply, responses=_WRONG)
    def cancel(number: Number) -> Any:
        """Has a job not be done, or stopped when it is running: what is done by then is kept."""
        return changed(number, assistant.gathering.jobs.cancel, said("已经结束", "it has ended"))

    @router.post("/v1/jobs/{number}/retry", response_model=JobWithOutcomeReply, responses=_WRONG)
    def retry(number: Number) -> Any:
        """Queues a job again that failed or was cancelled."""
        why_not = said("只有失败或取消的可以重做", "only one that failed or was cancelled is done again")
        return changed(number, assistant.gathering.jobs.retry, why_not)

    def changed(number: int, change: Callable[[int], bool], why_not: str) -> Any:
        try:
            if change(number):
                return _told(assistant.gathering.jobs.get(number))
            state = assistant.gathering.jobs.get(number).state
        except KeyError:
            return _unknown(number)
        return error_response(
            409, said(f"任务 {number}（{state}）{why_not}", f"job {number} is {state}: {why_not}"), "number", "conflict"
        )

    return router


def _told(job: Job) -> JobWithOutcomeReply:
    return JobWithOutcomeReply.model_validate(asdict(job))


def _unknown(number: int) -> Any:
    why = said(
        f"没有编号是 {number} 的任务：GET /v1/jobs 列出现有的",
        f"no job has the number {number}; GET /v1/jobs lists them",
    )
    return error_response(404, why, "number", "not_found")
