"""Youju by HTTP: a running server (`youju serve`), with whatever documents it has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx

from assistant.answers import Answer
from eval.libraries import Library, document_of
from eval.reply import Retrieved
from eval.systems import Response, System, SystemSpec


def open_system(library: Library, spec: SystemSpec) -> System:  # noqa: ARG001
    """Raises ValueError where no server is named."""
    if not spec.base_url:
        raise ValueError(f"系统 {spec.name}：请指明服务的地址（base_url = …，或 --base-url）")
    return Server(spec.base_url, timeout_s=spec.timeout_s, api_key=spec.api_key)


class Server:
    """`POST /v1/ask` and `/v1/search`."""

    def __init__(self, base_url: str, *, timeout_s: float, api_key: str | None) -> None:
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._client = httpx.Client(base_url=base_url, timeout=timeout_s, headers=headers)

    def ask(self, question: str, *, history: Sequence[str] = ()) -> Response:
        """Raises httpx.HTTPError."""
        data = self._post("/v1/ask", {"question": question, "history": list(history)})
        answer = Answer.from_json(data)
        return Response(answer, confidence=answer.confidence)

    def search(self, question: str, *, k: int) -> list[Retrieved]:
        """Raises httpx.HTTPError."""
        hits = self._post("/v1/search", {"query": question, "k": k})["hits"]
        return [Retrieved(document_of(hit["uri"], hit["title"]), hit["text"], hit["score"]) for hit in hits]

    @property
    def notes(self) -> Sequence[str]:
        """Nothing."""
        return ()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _post(self, path: str, body: dict[str, object]) -> Any:
        return self._client.post(path, json=body).raise_for_status().json()
