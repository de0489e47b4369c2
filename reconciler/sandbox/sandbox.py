"""One open data folder: what the HTTP handlers, the importer and the tests work with."""

import json
import pathlib
import secrets
from dataclasses import asdict

from reconciler.sandbox import scenes
from reconciler.sandbox.account import budgets, eulas, money
from reconciler.sandbox.account.budgets import Budget
from reconciler.sandbox.account.limiter import Limiter
from reconciler.sandbox.errors import SandboxError
from reconciler.sandbox.faults.book import Book
from reconciler.sandbox.ids import IdSource
from reconciler.sandbox.moments import Clock, Pace
from reconciler.sandbox.processing.progress import Progress
from reconciler.sandbox.settings import DEFAULT_BUDGET_ID, SandboxSettings
from reconciler.sandbox.store.blobs import Blobs
from reconciler.sandbox.store.database import Store, meta, meta_or_set, set_meta

_DATABASE = "sandbox.sqlite"
_PACE = "pace"
_BUDGET = Budget(
    DEFAULT_BUDGET_ID, "Sandbox budget", description="The budget of every new sandbox", spend_limit=1_000_000
)


class Sandbox:
    """The parts of one sandbox. `open_sandbox` makes one that is ready.

    Attributes:
        secret: signs tokens and links; the same for every process on the data folder.
    """

    def __init__(self, settings: SandboxSettings) -> None:
        self.settings = settings
        self.secret = ""
        self.clock = Clock(settings.now)
        self.ids = IdSource(settings.seed)
        self.store = Store(settings.data_dir / _DATABASE)
        self.faults = Book(self.store, settings.seed)
        self.limiter = Limiter(self.clock, enforced=settings.limit_rate)
        self.blobs = Blobs(settings.data_dir / "blobs")
        self.progress = Progress(settings, self.store, self.blobs, self.ids, self.clock)

    def credits_available(self) -> int:
        """The balance that a new job could take."""
        self.progress.advance(work=False)
        with self.store.reading() as db:
            return money.available(db)

    def drive_clock(self, *, ahead: int = 0, rate: float | None = None) -> None:
        """Move its clock ahead by microseconds, and let it run at another rate; kept with the data folder."""
        pace = self.clock.drive(ahead=ahead, rate=rate)
        with self.store.writing() as db:
            set_meta(db, _PACE, json.dumps(asdict(pace)))

    def resume_clock(self) -> None:
        """Go on at the pace at which the data folder's clock ran."""
        with self.store.reading() as db:
            kept = meta(db, _PACE)
        if kept is not None:
            self.clock.pace = Pace(**json.loads(kept))
        if self.settings.clock_rate is not None:
            self.drive_clock(rate=self.settings.clock_rate)

    def set_balance(self, credits_wanted: int) -> None:
        """Bring the available credits to an amount, from now on."""
        self.progress.advance(work=False)
        with self.store.writing() as db:
            money.set_available(db, credits_wanted, at=self.clock.micros())


def open_sandbox(settings: SandboxSettings) -> Sandbox:
    """Open a data folder, made and filled with the example scenes where it is new.

    Raises:
        SandboxError: the folder cannot be used, or a setting makes no sense.
    """
    if not settings.time_scale > 0:
        raise SandboxError(f"A time scale of {settings.time_scale} makes no sense: it has to be above 0.")
    opened = Sandbox(settings)
    try:
        opened.blobs.create()
    except OSError as error:
        raise SandboxError(f"The data folder {settings.data_dir} cannot be made: {error.strerror}.") from error
    opened.store.create()
    opened.resume_clock()
    seeded = f"sandbox-{settings.seed}"
    with opened.store.writing() as db:
        secret = meta_or_set(db, "secret", secrets.token_hex() if settings.seed is None else seeded)
        is_new = meta_or_set(db, "filled", "no") == "no"
        eulas.fill(db, at=opened.clock.micros())  # a folder of an older version has fewer
    if is_new:
        _fill(opened)
    opened.secret = secret
    return opened


def _fill(sandbox: Sandbox) -> None:
    """Give a new data folder its contents, once: what is deleted later stays deleted."""
    with sandbox.blobs.workplace() as folder:
        made = scenes.make(pathlib.Path(folder))
        now = sandbox.clock.micros()
        with sandbox.store.writing() as db:
            if meta_or_set(db, "filled", "no") == "yes":
                return
            money.set_available(db, sandbox.settings.initial_credits, at=now)
            budgets.add(db, _BUDGET, at=now)
            scenes.store(db, sandbox.blobs, made, at=now)
            db.execute("UPDATE meta SET value = 'yes' WHERE key = 'filled'")
