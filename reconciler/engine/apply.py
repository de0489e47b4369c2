"""Acting on a plan: every output on its own way, all at once, until each is complete or says why not."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from reconciler.delivery import deliver
from reconciler.delivery.deliver import Order, Source
from reconciler.engine import results
from reconciler.engine.control import Control
from reconciler.engine.creator import Creator, Obtained, OnUnknown
from reconciler.engine.events import Acting, Delivered, Failed, JobStatus, Note, Transferring, Waiting
from reconciler.engine.observe import Doors, Observed
from reconciler.engine.poller import Poller
from reconciler.errors import (
    CreateUnresolved,
    DestinationOccupied,
    PriceRose,
    ReconcilerError,
    ServiceError,
    SignInFailed,
    Stopped,
)
from reconciler.model.job import Asset, Item, Job, Standing
from reconciler.model.observation import ResultsKind, Situation
from reconciler.model.outcome import Outcome, OutcomeKind
from reconciler.model.output import Timing
from reconciler.model.plan import Action, Change
from reconciler.model.receipt import ReceiptJob
from reconciler.planning import words
