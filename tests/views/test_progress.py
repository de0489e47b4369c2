import io
import os
import re

import pytest

from reconciler.engine.events import (
    Acting,
    Asked,
    Claimed,
    Created,
    Delivered,
    Failed,
    JobStatus,
    Note,
    Retrying,
    Transferring,
    Waiting,
)
from reconciler.views.progress import progress

pytestmark = pytest.mark.anyio
SGR = re.compile(r"\x1b\[[\d;]*m")  # colours and weights
JOB = "6856aaaa-0000-4000-8000-000000000001"


@pytest.fixture
def terminal(monkeypatch):
    """A terminal of a known kind and size."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return Recorder()


class Recorder(io.StringIO):
    """Remembers each draw: what was written between two flushes."""

    def __init__(self):
        super().__init__()
        self.draws = []

    def flush(self):
        if self.getvalue():
            self.draws.append(self.getvalue())
            self.seek(0)
            self.truncate()

    @property
    def everything(self):
        return "".join(self.draws) + self.getvalue()


async def test_a_log_tells_each_piece_of_news_once(clock):
    """Repeated statuses, reasons to wait and bytes of one file are one line each."""
    stream = io.StringIO()
    async with progress(stream, interactive=False, clock=clock) as notify:
        notify(Claimed("uk"))
        notify(Created("uk", JOB, 63))
        for status in ("running", "running", "successful", "running"):
            notify(JobStatus("uk", JOB, status))
        for why in ("the listing lags", "the listing lags"):
            notify(Waiting("uk", why, 5.0))
        for done in (0, 500, 1000):
            notify(Transferring("uk", "pan.tif", done, 1000))
            notify(Transferring("uk", "ms.tif", done, 1000))
        notify(Delivered("uk", 2, 2000))

    assert stream.getvalue().splitlines() == [
        "uk: claimed, a job will be created",
        f"uk: created job {JOB} (63 credits)",
        "uk: job 6856… is running",
        "uk: job 6856… is successful",
        "uk: job 6856… is running",
        "uk: waiting: the listing lags",
        "uk: downloading pan.tif (1.0 kB)",
        "uk: downloading ms.tif (1.0 kB)",
        "uk: delivered, 2 files, 2.0 kB",
    ]


async def test_a_log_tells_only_the_beginning_and_the_end_of_questions(clock):
    """A thousand prices are two lines, no prices none."""
    stream = io.StringIO()
    async with progress(stream, interactive=False, clock=clock) as notify:
        notify(Asked("licences", 0, 0))
        for done in range(1001):
            notify(Asked("prices", done, 1000))
        notify(Asked("jobs", 500, None))
        notify(Asked("jobs", 900, None))

    assert stream.getvalue().splitlines() == ["prices: 0 of 1,000", "prices: 1,000 of 1,000", "jobs: 500"]


async def test_every_retry_is_news(clock):
    """Two retries that read the same are two lines."""
    stream = io.StringIO()
    async with progress(stream, interactive=False, clock=clock) as notify:
        notify(Retrying("GET jobs", "503", 1.0))
        notify(Retrying("GET jobs", "503", 1.0))

    assert len(stream.getvalue().splitlines()) == 2


async def test_silence_is_broken_by_heartbeats_that_get_slower(clock):
    """Every 10 s in the first minute, every 30 s until five, then every 60 s."""
    stream = io.StringIO()
    async with progress(stream, interactive=False, clock=clock) as notify:
        notify(JobStatus("uk", JOB, "running"))
        await clock.advance(420)

    assert stream.getvalue().splitlines()[1:] == [
        f"uk: Still running... [{elapsed} elapsed]"
        for elapsed in (
            *("10s", "20s", "30s", "40s", "50s", "1m00s"),
            *("1m30s", "2m00s", "2m30s", "3m00s", "3m30s", "4m00s", "4m30s", "5m00s"),
            *("6m00s", "7m00s"),
        )
    ]


async def test_news_postpones_the_heartbeat(clock):
    """A log that talks has no need of a sign of life."""
    stream = io.StringIO()
    async with progress(stream, interactive=False, clock=clock) as notify:
        notify(JobStatus("uk", JOB, "accepted"))
        await clock.advance(9)
        notify(JobStatus("uk", JOB, "running"))
        await clock.advance(9)
        before = stream.getvalue()
        await clock.advance(1)

    assert "Still running" not in before
    assert "Still running... [19s elapsed]" in stream.getvalue()


async def test_a_heartbeat_names_only_what_is_under_way(clock):
    """Outputs that ended are not waited for."""
    stream = io.StringIO()
    async with progress(stream, interactive=False, clock=clock) as notify:
        for name in ("a", "b", "c"):
            notify(JobStatus(name, JOB, "running"))
        notify(Delivered("a", 1, 1))
        notify(Failed("c", "No."))
        await clock.advance(10)

    assert stream.getvalue().splitlines()[-1] == "b: Still running... [10s elapsed]"


async def test_a_log_has_no_terminal_codes(clock):
    """Not even while bars would be drawn on a terminal."""
    stream = io.StringIO()
    async with progress(stream, interactive=False, clock=clock, colour=True) as notify:
        notify(Acting(2))
        notify(Transferring("uk", "pan.tif", 0, 1000))
        await clock.advance(5)

    assert "\x1b" not in stream.getvalue()


async def test_a_terminal_shows_one_bar_for_all_and_one_for_each_transfer(clock, terminal):
    """How many outputs are done, how far each file is, and what the jobs do."""
    async with progress(terminal, interactive=True, clock=clock) as notify:
        notify(Acting(3))
        notify(Asked("prices", 3, 12))
        notify(Delivered("done", 1, 10))
        notify(JobStatus("ships", JOB, "running"))
        notify(Transferring("uk", "pan.tif", 500_000, 2_000_000))
        await clock.advance(0.1)
        drawn = terminal.draws[-1]

    for part in ("outputs", "1 of 3", "prices", "3 of 12", "uk: pan.tif", "500.0 kB of 2.0 MB", "1 running"):
        assert part in drawn


async def test_what_is_over_leaves_the_screen(clock, terminal):
    """Answered questions, whole files and transfers of ended outputs are not drawn any more."""
    async with progress(terminal, interactive=True, clock=clock) as notify:
        notify(Asked("prices", 12, 12))
        notify(Transferring("uk", "whole.tif", 10, 10))
        notify(Transferring("uk", "broken.tif", 5, 10))
        notify(JobStatus("uk", JOB, "running"))
        notify(Failed("uk", "The disk is full."))
        await clock.advance(0.1)
        drawn = terminal.draws[-1]

    for part in ("prices", "whole.tif", "broken.tif", "running"):
        assert part not in drawn


async def test_news_stays_above_the_bars(clock, terminal):
    """Created jobs, deliveries, failures and notes are printed for good, each once, even at the very end."""
    async with progress(terminal, interactive=True, clock=clock) as notify:
        notify(Created("uk", JOB, 63))
        notify(Note("A document was passed over"))
        notify(Waiting("uk", "the listing lags", 5.0))
        notify(Waiting("uk", "the listing lags", 5.0))
        await clock.advance(0.1)
        notify(Delivered("uk", 1, 10))

    for text in (f"uk: created job {JOB} (63 credits)", "A document was passed over.", "uk: waiting: the listing lags"):
        assert terminal.everything.count(text) == 1
    assert "uk: delivered, 1 file, 10 bytes\n" in terminal.everything


async def test_a_flood_of_events_is_drawn_ten_times_a_second_at_most(clock, terminal):
    """Chunks that arrive by the thousand do not become writes."""
    async with progress(terminal, interactive=True, clock=clock) as notify:
        await clock.advance(0.05)
        before = len(terminal.draws)
        for step in range(1000):
            notify(Transferring("uk", "pan.tif", step, 1000))
            await clock.advance(0.001)

        assert 9 <= len(terminal.draws) - before <= 11


async def test_an_idle_terminal_is_redrawn_once_a_second(clock, terminal):
    """The elapsed time moves, nothing else is worth a write."""
    async with progress(terminal, interactive=True, clock=clock):
        await clock.advance(0.5)
        before = len(terminal.draws)
        await clock.advance(10)

        assert 9 <= len(terminal.draws) - before <= 11
        assert "[10s elapsed]" in terminal.draws[-1]


@pytest.mark.parametrize("error", [None, RuntimeError("broken")], ids=["end", "error"])
async def test_the_cursor_comes_back(clock, terminal, error):
    """However the run ends, the terminal is left as it was found."""
    try:
        async with progress(terminal, interactive=True, clock=clock):
            await clock.advance(0.1)
            if error is not None:
                raise error
    except RuntimeError as caught:
        assert caught is error  # noqa: PT017 - the other case raises nothing

    assert terminal.everything.rindex("\x1b[?25h") > terminal.everything.rindex("\x1b[?25l")


async def test_without_colour_the_bars_have_none(clock, terminal):
    """Only cursor movements are written, no colours."""
    async with progress(terminal, interactive=True, clock=clock) as notify:
        notify(Acting(3))
        notify(Delivered("uk", 1, 10))
        await clock.advance(0.1)

    assert not SGR.search(terminal.everything)


async def test_with_colour_the_bars_have_some(clock, terminal):
    """The option is honoured both ways."""
    async with progress(terminal, interactive=True, clock=clock, colour=True) as notify:
        notify(Acting(3))
        notify(Delivered("uk", 1, 10))
        await clock.advance(0.1)

    assert SGR.search(terminal.everything)


async def test_hostile_names_cannot_draw(clock, terminal, make):
    """Only our own cursor movements reach the terminal."""
    async with progress(terminal, interactive=True, clock=clock) as notify:
        notify(Asked(make.hostile, 1, 2))
        notify(Transferring(make.hostile, make.hostile, 1, 2))
        notify(JobStatus(make.hostile, make.hostile, make.hostile))
        notify(Note(f"{make.hostile} [bold]markup[/bold] :smile:"))
        await clock.advance(0.1)

    for forbidden in ("\x1b[31m", "\x1b]0;", "\x9b", "\u202e", "\x00", "##["):
        assert forbidden not in terminal.everything
    assert "[bold]markup[/bold] :smile:" in terminal.everything


@pytest.mark.parametrize("interactive", [False, True], ids=["log", "terminal"])
async def test_a_broken_stream_does_not_stop_the_run(clock, terminal, interactive):
    """A pipe whose reader went away costs the progress, not the paid work."""
    reading, writing = os.pipe()
    os.close(reading)
    reached = False
    stream = os.fdopen(writing, "w", buffering=1)
    async with progress(stream, interactive=interactive, clock=clock) as notify:
        notify(Note("nobody reads this"))
        await clock.advance(1)
        notify(Created("uk", JOB, 63))
        reached = True
    with pytest.raises(BrokenPipeError):
        stream.close()  # what stayed in its buffer still has no reader

    assert reached
