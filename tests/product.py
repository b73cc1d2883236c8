"""The product as `make run` starts it, in a folder of its own."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from config.serve import ports, processes

ROOT = Path(__file__).resolve().parents[1]
OURS = (
    "DATABASE_URL",
    "REDIS_URL",
    "DJANGO_SETTINGS_MODULE",
    "SECRET_KEY",
    "FIELD_KEY",
    "TOKEN_KEY",
)
PORTS = ("PORT", "POSTGRES_PORT", "REDIS_PORT")
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Product:
    """A running product and what it takes to talk to it."""

    var: Path
    url: str
    began: float  # by time.perf_counter()
    started_in_s: float

    @property
    def people(self) -> dict[str, str]:
        """Passwords of the demo people by role, and the feeder's under "feeder"."""
        data = json.loads((self.var / "demo.json").read_text())
        return {person["role"]: person["password"] for person in data["users"]} | {
            "feeder": data["feeder"]["password"]
        }

    def email(self, role: str) -> str:
        """The address of the demo person of a role."""
        data = json.loads((self.var / "demo.json").read_text())
        if role == "feeder":
            return data["feeder"]["email"]
        return next(person["email"] for person in data["users"] if person["role"] == role)

    def token(self, role: str) -> str:
        """A fresh access token of the API."""
        body = {"email": self.email(role), "password": self.people[role]}
        return httpx.post(f"{self.url}/api/v1/auth/token/", json=body).json()["access"]

    def session(self, role: str) -> httpx.Client:
        """A browser's session: signed in by the form."""
        client = httpx.Client(base_url=self.url, follow_redirects=True)
        page = client.get("/accounts/sign-in/")
        token = page.text.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
        form = {"username": self.email(role), "password": self.people[role]}
        client.post(
            "/accounts/sign-in/",
            data={**form, "csrfmiddlewaretoken": token},
            headers={"Referer": f"{self.url}/accounts/sign-in/"},
        ).raise_for_status()
        return client

    @property
    def environment(self) -> dict[str, str]:
        """What a second process needs to reach its servers."""
        lines = (self.var / "run" / "servers.env").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)

    def cpu_s(self, part: str = "web") -> float:
        """Processor seconds that one part has used so far, threads included."""
        return cpu_of(self.pid(part))

    def pid(self, part: str) -> int:
        """The process that one part is now."""
        process = processes.noted(self.var / "run" / f"{part}.pid")
        if process is None:
            raise SystemExit(f"{part} does not run")
        return process.pid


def cpu_of(pid: int) -> float:
    """User and system seconds of one process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


@contextmanager
def running(*, feeder: bool, var: Path | None = None, timeout_s: float = 300) -> Iterator[Product]:
    """Start, with an empty var unless one is given; wait until it answers; stop it at the end."""
    with tempfile.TemporaryDirectory(prefix="sightline-product-") as folder:
        Path(folder).chmod(0o711)
        var = var or Path(folder) / "var"
        environment = {key: value for key, value in os.environ.items() if key not in OURS}
        environment |= {"SIGHTLINE_VAR": str(var), "NO_COLOR": "1"}
        environment |= {name: str(ports.any_free()) for name in PORTS}
        began = time.perf_counter()
        printed = Path(folder) / "log.txt"
        log = printed.open("wb")
        command = [sys.executable, "manage.py", "serve"]
        command += [] if feeder else ["--no-feeder"]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            url = _wait(var, process, timeout_s)
            if not url:
                raise SystemExit(f"the product did not start:\n{printed.read_text()[-2000:]}")
            yield Product(var, url, began, time.perf_counter() - began)
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(40)
            except subprocess.TimeoutExpired:
                process.kill()
            log.close()


def _wait(var: Path, process: subprocess.Popen[bytes], timeout_s: float) -> str:
    deadline = time.monotonic() + timeout_s
    file = var / "run" / "servers.env"
    while time.monotonic() < deadline and process.poll() is None:
        if file.is_file():
            lines = file.read_text().splitlines()
            url = next((line[9:] for line in lines if line.startswith("BASE_URL=")), "")
            try:
                if url and httpx.get(f"{url}/readyz", timeout=2).status_code == 200:
                    return url
            except httpx.HTTPError:
                pass
        time.sleep(0.2)
    return ""
