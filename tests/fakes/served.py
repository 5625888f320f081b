"""The scripted assistant as a server of its own, which can be killed: `python -m tests.fakes.served PORT FOLDER`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from assistant.config import Config
from tests.fakes.assistant import SLOW, FakeAssistant

ROOT = Path(__file__).parents[2]


class Process:
    """A server at `port` that keeps its conversations in `folder`, started and killed at will."""

    def __init__(self, port: int, folder: Path) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._command = [sys.executable, "-m", "tests.fakes.served", str(port), str(folder)]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when it answers."""
        self._process = subprocess.Popen(self._command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
        deadline = time.monotonic() + 300
        while True:
            try:
                return urllib.request.urlopen(f"{self.url}/healthz").close()
            except OSError:
                assert time.monotonic() < deadline, "the server did not start"
                assert self._process.poll() is None, "the server ended"
                time.sleep(0.1)

    def kill(self) -> None:
        """At once, with no time to put anything in order."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()


def main(port: int, folder: Path) -> None:
    """Serves until it is killed. SLOW takes half a minute."""
    import uvicorn

    from assistant.server.app import create_app

    assistant = FakeAssistant()
    assistant.config = Config(data_dir=folder)
    assistant.drafts[SLOW] = "这是一段慢慢写出来的文字。" * 200

    def slow(question: str, **more: object) -> object:
        assistant.piece_s = 0.07 if question == SLOW else 0.0
        return FakeAssistant.stream(assistant, question, **more)  # type: ignore[arg-type]

    assistant.stream = slow  # type: ignore[method-assign,assignment]
    uvicorn.run(create_app(assistant), host="127.0.0.1", port=port, log_level="critical")


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
