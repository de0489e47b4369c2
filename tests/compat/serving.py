"""Starts the real `reconciler sandbox serve`, from the project's own environment, for clients in theirs."""

import contextlib
import os
import pathlib
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).parent.parent.parent
#: The command under test.
COMMAND = os.environ.get("RECONCILER", str(ROOT / ".venv" / "bin" / "reconciler"))


@dataclass(frozen=True)
class Served:
    """A sandbox that listens.

    Attributes:
        port: on 127.0.0.1.
        data: its data folder.
        username, password, workspace_id: what its own hint at the start says.
    """

    port: int
    data: pathlib.Path
    username: str
    password: str
    workspace_id: str

    @property
    def url(self) -> str:
        """The base URL on this machine."""
        return f"http://127.0.0.1:{self.port}"


@contextlib.contextmanager
def served(data: pathlib.Path, *options: str) -> Iterator[Served]:
    """Serve for the length of a `with` block.

    Raises:
        RuntimeError: it did not start; with all it said.
    """
    errors = data.with_name(f"{data.name}.stderr")
    with errors.open("w") as stderr:
        command = [COMMAND, "sandbox", "serve", "--data", str(data), *options]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, text=True)
        try:
            yield _announced(process, data, errors)
        finally:
            process.terminate()
            process.wait(timeout=20)
            process.stdout.close()


def run(*arguments: str) -> str:
    """Run the command to its end and return what it printed."""
    return subprocess.run([COMMAND, *arguments], check=True, capture_output=True, text=True).stdout


def _announced(process: subprocess.Popen[str], data: pathlib.Path, errors: pathlib.Path) -> Served:
    said = {}
    for line in process.stdout:
        if match := re.fullmatch(r"export (\w+)=(.*)\n", line):
            said[match[1]] = match[2]
        if match and match[1] == "UP42_WORKSPACE_ID":  # the last one
            port = int(re.search(r":(\d+)$", said["UP42_API_URL"])[1])
            return Served(port, data, said["UP42_USERNAME"], said["UP42_PASSWORD"], said["UP42_WORKSPACE_ID"])
    raise RuntimeError(f"The sandbox did not start: {errors.read_text()}")
