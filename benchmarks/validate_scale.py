"""How long `reconciler validate` takes for 10,000 outputs: as documents, as one set of a list, of links, of a matrix.

Run by `make bench-validate`. The command is a process of its own, interpreter included; the first line is what it
writes to stderr first. The limits are those that the project promises on two quiet cores.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

OUTPUTS, ROUNDS = 10_000, 3
FIRST_LINE_S = 0.5
LINK = "/v2/assets/stac/collections/21c0b14e-3434-4675-98d1-f225507ded99/items"
SPEC = """\
{indent}spec:
{indent}  process: pansharpening
{indent}  title: Imagery of {title}
{indent}  inputs: {{item: "{item}", greyWeights: [{{band: red, weight: 0.4}}]}}
{indent}  delivery: {{to: "outputs/${{output.name}}"}}
"""


def main() -> None:
    """Measure and print a table."""
    print(f"{'validate':34} {'limit':>6} {'median':>7} {'worst':>7} {'first line':>11}")
    with tempfile.TemporaryDirectory() as folder:
        for name, (text, limit_s) in trees().items():
            place = Path(folder) / name.replace(" ", "-")
            (place / ".git").mkdir(parents=True)
            (place / "m.yaml").write_text(text)
            rounds = [timed(place) for _ in range(ROUNDS)]
            whole, first = [whole for whole, _ in rounds], max(first for _, first in rounds)
            slow = " TOO SLOW" if max(whole) > limit_s or first > FIRST_LINE_S else ""
            print(
                f"{name:34} {limit_s:4.0f} s {statistics.median(whole):5.2f} s {max(whole):5.2f} s {first:9.2f} s{slow}"
            )


def trees() -> dict[str, tuple[str, float]]:
    """Manifests and how many seconds they may take, by what they are."""
    entries = "".join(f"    - {{scene: s{number:05}, year: {2000 + number % 25}}}\n" for number in range(OUTPUTS))
    links = "".join(f"    - {LINK}/{number:08}-e89b-12d3-a456-426614174000\n" for number in range(OUTPUTS))
    axis = list(range(100))
    in_list = f"{LINK}/${{item.scene}}"
    in_matrix = f"{LINK}/${{matrix.a}}x${{matrix.b}}"
    return {
        f"{OUTPUTS:,} documents": ("".join(document(number) for number in range(OUTPUTS)), 8),
        "a list of as many entries": (
            output_set(f"\n    list:\n{entries}", "${item.scene}", "${item.scene} ${item.year}", in_list),
            3,
        ),
        "a list of as many links": (output_set(f"\n    list:\n{links}", "${item.id}", "${item.id}", "${item.href}"), 3),
        "a matrix of 100 by 100": (
            output_set(f" {{matrix: {{a: {axis}, b: {axis}}}}}\n", "${matrix.a}-${matrix.b}", "${matrix.a}", in_matrix),
            3,
        ),
    }


def document(number: int) -> str:
    """One output."""
    head = (
        f"---\napiVersion: reconciler/v1\nkind: ProcessingOutput\nmetadata: {{name: out-{number}, labels: {{a: b}}}}\n"
    )
    return head + SPEC.format(indent="", title=number, item=f"{LINK}/{number}")


def output_set(for_each: str, name: str, title: str, item: str) -> str:
    """One set."""
    head = "apiVersion: reconciler/v1\nkind: ProcessingOutputSet\nmetadata: {name: coast, labels: {a: b}}\n"
    template = f'  template:\n    metadata: {{name: "coast-{name}"}}\n' + SPEC.format(
        indent="    ", title=title, item=item
    )
    return f"{head}spec:\n  forEach:{for_each}{template}"


def timed(place: Path) -> tuple[float, float]:
    """Seconds until the command has ended, and until its first line."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "reconciler", "validate", str(place)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None  # noqa: S101 - it is a pipe
        process.stderr.readline()
        first_s = time.perf_counter() - started
        out, _ = process.communicate()
    if out != f"Valid: {OUTPUTS:,} outputs declared.\n":
        raise SystemExit(out)
    return time.perf_counter() - started, first_s


if __name__ == "__main__":
    main()
