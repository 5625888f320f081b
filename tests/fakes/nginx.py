"""A real nginx in front of an application, for tests of what a reverse proxy does to it."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from pathlib import Path

NGINX = shutil.which("nginx") or next((str(path) for path in [Path("/usr/sbin/nginx")] if path.exists()), None)
_CONFIGURATION = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    {locations}
  }}
}}
"""
_LOCATIONS = """
location /stripped/ {{
  proxy_pass {said}/; proxy_set_header Host $http_host; proxy_set_header X-Forwarded-Prefix /stripped;
}}
location /kept {{
  proxy_pass {said}; proxy_set_header Host $http_host; proxy_set_header X-Forwarded-Prefix /kept;
}}
location /forwarded/ {{
  proxy_pass {said}/; proxy_set_header X-Forwarded-Host $http_host; proxy_set_header X-Forwarded-Prefix /forwarded;
  proxy_set_header X-Forwarded-Proto $scheme; proxy_set_header X-Forwarded-For $remote_addr;
}}
location /told {{ proxy_pass {told}; proxy_set_header Host $http_host; }}
"""
PATHS = ["/stripped", "/kept", "/forwarded", "/told"]
"""What `locations` serves: the path taken away or passed on, and said in a header or told at the start."""


def locations(*, said: str, told: str) -> str:
    """The `location` blocks of PATHS: before a server at `said`, and before one at `told`, started with /told."""
    return _LOCATIONS.format(said=said, told=told)


class Nginx:
    """nginx on a free port of loopback, with the `location` blocks that are given."""

    def __init__(self, folder: Path, locations: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self._folder = folder
        configuration = _CONFIGURATION.format(folder=folder, port=self._port, locations=locations)
        (folder / "nginx.conf").write_text(configuration, encoding="utf8")

    def __enter__(self) -> str:
        assert NGINX, "no nginx: apt-get install nginx-light"
        command = [NGINX, "-p", str(self._folder), "-c", str(self._folder / "nginx.conf")]
        self._process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", self._port), timeout=1).close()
                return f"http://127.0.0.1:{self._port}"
            except OSError:
                log = self._folder / "error.log"
                assert time.monotonic() < deadline, log.read_text("utf8") if log.exists() else "nginx did not start"
                time.sleep(0.02)

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(timeout=10)
