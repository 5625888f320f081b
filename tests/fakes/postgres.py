"""A PostgreSQL server of Debian's on a socket in a folder, for the tests of what is kept in one."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


def missing() -> str:
    """Why there can be none here; empty where there can."""
    if not _BINARIES:
        return "PostgreSQL isn't installed (apt install postgresql)"
    if importlib.util.find_spec("psycopg") is None:
        return "PostgreSQL's driver isn't installed (pip install 'psycopg[binary]')"
    return ""


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """The address of an empty database of a server that keeps its files in `folder`, whose path must be short."""
    # It doesn't run as root.
    user = "postgres" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
    if os.getuid() == 0:
        shutil.chown(folder, user)
    data = folder / "data"
    quiet = {"user": user if os.getuid() == 0 else None, "cwd": folder, "stdout": subprocess.DEVNULL}
    made = [_BINARIES[-1] / "initdb", "-D", data, "-U", "tester", "-A", "trust", "-E", "UTF8", "--no-sync"]
    subprocess.run([*made, "--locale=C.UTF-8"], check=True, stderr=subprocess.DEVNULL, **quiet)
    server = subprocess.Popen(
        [_BINARIES[-1] / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses=", "-c", "fsync=off"],
        stderr=subprocess.DEVNULL,
        **quiet,
    )
    try:
        deadline = time.monotonic() + 30
        ready = [_BINARIES[-1] / "pg_isready", "-h", folder, "-q"]
        while subprocess.run(ready, check=False).returncode:
            assert time.monotonic() < deadline, "PostgreSQL did not start"
            time.sleep(0.1)
        yield f"postgresql+psycopg://tester@/postgres?host={folder}"
    finally:
        server.send_signal(signal.SIGINT)  # by SIGTERM it would wait for whoever is still connected
        server.wait(timeout=20)
