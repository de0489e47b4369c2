"""The real command, in a process of its own, against the sandbox over a real socket."""

import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reconciler.sandbox.faults.rules import rule_from_text
from reconciler.sandbox.serve import ThreadedServer

#: A job takes well under a second.
TIME_SCALE = 100.0
COAST = "/v2/assets/stac/collections/c0a57000-0000-4000-8000-000000000001/items/c0a57000-0000-4000-8000-0000000000a1"
JUNE = "/v2/assets/stac/collections/f1e1d500-0000-4000-8000-000000000001/items/f1e1d500-0000-4000-8000-0000000000a1"
AUGUST = "/v2/assets/stac/collections/f1e1d500-0000-4000-8000-000000000002/items/f1e1d500-0000-4000-8000-0000000000a2"
TOWN = "/v2/assets/stac/collections/70a10000-0000-4000-8000-000000000001/items/70a10000-0000-4000-8000-0000000000a1"


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The JSON document on stdout."""
        return json.loads(self.out)

    def ended(self, code: int) -> "Ran":
        """Itself, if it ended with this code and without a traceback."""
        assert self.code == code, f"{self.code}\n{self.out}\n{self.err}"
        assert "Traceback" not in self.err
        return self


@dataclass
class Repo:
    """A folder with manifests, and the environment that its commands run in."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def write(self, text: str, name: str = "outputs.yaml") -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return subprocess.Popen(
            [sys.executable, "-m", "reconciler", *arguments],
            cwd=self.folder,
            env={**inherited, **self.environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, **environment: str) -> Ran:
        process = self.start(*arguments, **environment)
        out, err = process.communicate(timeout=100)
        return Ran(process.returncode, out, err)

    def files(self, below: str = "outputs") -> list[str]:
        return sorted(str(path.relative_to(self.folder)) for path in (self.folder / below).rglob("*") if path.is_file())


def output(name: str, process: str = "pansharpening", *, inputs: str = f"{{item: {COAST}}}", more: str = "") -> str:
    """A ProcessingOutput as text; `more` are further lines of its spec."""
    lines = [
        "---",
        "apiVersion: reconciler/v1",
        "kind: ProcessingOutput",
        f"metadata: {{name: {name}}}",
        "spec:",
        f"  process: {process}",
        f"  inputs: {inputs}",
        *(f"  {line}" for line in more.splitlines()),
    ]
    return "\n".join(lines) + "\n"


class Service:
    """A served sandbox, with what a test may look at."""

    def __init__(self, server: ThreadedServer) -> None:
        self.server = server
        self.sandbox = server.app.state.sandbox

    def forget(self) -> None:
        """Count requests from here."""
        self.server.requests.clear()

    def fault(self, rule: str) -> None:
        """Let something go wrong from here on."""
        self.sandbox.faults.add(rule_from_text(rule))

    def posts(self) -> Counter[str]:
        """How often each kind of POST came."""
        paths = [path for method, path, _ in self.server.requests if method == "POST"]
        return Counter(path.rsplit("/", 1)[-1] for path in paths)
