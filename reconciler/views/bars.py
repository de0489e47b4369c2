"""Progress as bars on a terminal: one for all outputs, one for each transfer, and the news above them."""

from dataclasses import dataclass
from typing import TextIO

from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from reconciler.clock import Clock
from reconciler.engine.events import (
    Acting,
    Asked,
    Created,
    Delivered,
    Event,
    Failed,
    JobStatus,
    Note,
    Retrying,
    Transferring,
    Waiting,
)
from reconciler.views.narration import line
from reconciler.views.safe_text import sanitise, shorten_middle
from reconciler.views.wording import bytes_text, duration

_REFRESH_S = 0.1
_BAR_WIDTH = 24
_LABEL_LENGTH = 40


@dataclass(frozen=True, slots=True)
class _Bar:
    label: str
    done: int
    total: int | None
    counted: str


class Bars:
    """The screen of one run. Events only change what is known; `tick` draws it, so a flood of events costs nothing."""

    def __init__(self, stream: TextIO, clock: Clock, *, colour: bool) -> None:
        self._clock = clock
        self._started_s = clock.monotonic_s()
        self._console = Console(
            file=stream,
            force_terminal=True,
            color_system="auto" if colour else None,
            markup=False,
            emoji=False,
            highlight=False,
        )
        self._live = Live(
            console=self._console, auto_refresh=False, transient=True, redirect_stdout=False, redirect_stderr=False
        )
        self._outputs: int | None = None
        self._ended: set[str] = set()
        self._statuses: dict[str, str] = {}
        self._waits: dict[str, str] = {}
        self._questions: dict[str, _Bar] = {}
        self._transfers: dict[tuple[str, str], _Bar] = {}
        self._news: list[str] = []
        self._drawn_second = -1
        self._changed = True

    def open(self) -> None:
        """Hide the cursor and begin to draw."""
        self._live.start()

    def notify(self, event: Event) -> None:
        """Remember what the event changes."""
        self._changed = True
        match event:
            case Acting(outputs):
                self._outputs = outputs
            case Asked(what, done, total):
                self._ask(what, done, total)
            case JobStatus(output, _, status):
                self._statuses[output] = sanitise(status, _LABEL_LENGTH)
            case Transferring():
                self._transfer(event)
            case Waiting(output, why, _):
                if self._waits.get(output) != why:
                    self._waits[output] = why
                    self._news.append(line(event))
            case Delivered(output) | Failed(output):
                self._end(output)
                self._news.append(line(event))
            case Created() | Note() | Retrying():
                self._news.append(line(event))
            case _:  # claimed: over in a moment
                pass

    def tick(self) -> float:
        """Draw once if something changed, or if the elapsed time shows another second."""
        elapsed_s = self._clock.monotonic_s() - self._started_s
        if self._changed or int(elapsed_s) != self._drawn_second:
            self._changed = False
            self._drawn_second = int(elapsed_s)
            self._print_news()
            self._live.update(self._picture(elapsed_s), refresh=True)
        return _REFRESH_S

    def close(self) -> None:
        """Print the news that is left, wipe the bars, and show the cursor again."""
        self._print_news()
        self._live.stop()

    def _ask(self, what: str, done: int, total: int | None) -> None:
        if done == total:
            self._questions.pop(what, None)
            return
        counted = f"{done:,}" if total is None else f"{done:,} of {total:,}"
        self._questions[what] = _Bar(sanitise(what, _LABEL_LENGTH), done, total, counted)

    def _transfer(self, event: Transferring) -> None:
        key = (event.output, event.file)
        if event.done_bytes == event.total_bytes:
            self._transfers.pop(key, None)
            return
        label = shorten_middle(f"{event.output}: {event.file}", _LABEL_LENGTH)
        of_total = "" if event.total_bytes is None else f" of {bytes_text(event.total_bytes)}"
        counted = f"{bytes_text(event.done_bytes)}{of_total}"
        self._transfers[key] = _Bar(label, event.done_bytes, event.total_bytes, counted)

    def _end(self, output: str) -> None:
        self._ended.add(output)
        self._statuses.pop(output, None)
        self._transfers = {key: bar for key, bar in self._transfers.items() if key[0] != output}

    def _print_news(self) -> None:
        if self._news:
            self._console.print(Text("\n".join(self._news)), soft_wrap=True)
            self._news.clear()

    def _picture(self, elapsed_s: float) -> Table:
        grid = Table.grid(padding=(0, 1))
        for bar in [*self._questions.values(), *self._overall(), *self._transfers.values()]:
            drawn = ProgressBar(
                total=bar.total, completed=bar.done, width=_BAR_WIDTH, pulse=bar.total is None, animation_time=elapsed_s
            )
            grid.add_row(Text(bar.label, no_wrap=True), drawn, Text(bar.counted, no_wrap=True))
        grid.add_row(Text(f"[{duration(elapsed_s)} elapsed]"), "", Text(self._jobs(), no_wrap=True))
        return grid

    def _overall(self) -> list[_Bar]:
        if self._outputs is None:
            return []
        return [_Bar("outputs", len(self._ended), self._outputs, f"{len(self._ended):,} of {self._outputs:,}")]

    def _jobs(self) -> str:
        """How many jobs have which status: `2 accepted, 5 running`."""
        counts: dict[str, int] = {}
        for status in self._statuses.values():
            counts[status] = counts.get(status, 0) + 1
        return ", ".join(f"{counts[status]:,} {status}" for status in sorted(counts))
