"""The books: whose job is whose, where its credits are, and that the sums close."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.job import Job
from reconciler.model.output import Delivery, Output
from reconciler.model.problem import Position
from reconciler.model.receipt import Claim, ClaimPhase, Receipt, ReceiptJob, ReceiptStatus
from reconciler.model.spending import Entry, Ledger, MoneyState, Spending, Sums, month_of, month_start
from reconciler.planning import bookkeeping
from reconciler.planning.bookkeeping import Owners

NOW = dt.datetime(2024, 6, 14, 12, 40, tzinfo=dt.UTC)
LONG_AGO = NOW - dt.timedelta(hours=1)


def job(job_id: str = "j1", status: str = "captured", **fields: Any) -> Job:
    return Job(**{"job_id": job_id, "process_id": "pansharpening", "status": status, "created": NOW, **fields})


def output(name: str, **labels: str) -> Output:
    return Output(name, "pansharpening", name, {}, Delivery(f"/out/{name}"), Position("m.yaml", 1, 1), labels=labels)


def claim(name: str = "claimed", quoted_credits: int | None = None, **labels: str) -> Claim:
    return Claim(
        "fp1:a", 1, "c1", ClaimPhase.CREATED, "ada", name, None, NOW, labels=labels, quoted_credits=quoted_credits
    )


def receipt(name: str, **labels: str) -> Receipt:
    made = ReceiptJob("j1", "captured", NOW, settled=True)
    return Receipt(ReceiptStatus.COMPLETE, "https://a", "w", None, name, "fp1:a", "p", {}, made, (), NOW, labels=labels)


def entry(found: Job, owners: Owners | None = None) -> Entry:
    (one,) = bookkeeping.entries([found], owners or Owners(), now=NOW, grace_s=60)
    return one


@pytest.mark.parametrize(
    ("found", "state"),
    [
        pytest.param(job(status="captured"), MoneyState.CHARGED, id="captured"),
        pytest.param(job(status="successful", finished=LONG_AGO), MoneyState.CHARGED, id="successful for long"),
        pytest.param(job(status="successful", finished=NOW), MoneyState.RUNNING, id="successful just now"),
        pytest.param(job(status="created"), MoneyState.RUNNING, id="created"),
        pytest.param(job(status="running"), MoneyState.RUNNING, id="running"),
        pytest.param(job(status="pausing"), MoneyState.RUNNING, id="a word that nobody knows"),
        pytest.param(job(status="failed", finished=NOW), MoneyState.RUNNING, id="failed just now"),
        pytest.param(job(status="failed", finished=LONG_AGO), MoneyState.RELEASED, id="failed for long"),
        pytest.param(job(status="released"), MoneyState.RELEASED, id="released"),
        pytest.param(job(status="rejected"), MoneyState.RELEASED, id="rejected"),
        pytest.param(job(status="invalid"), MoneyState.RELEASED, id="invalid"),
        pytest.param(job(status="unlicensed"), MoneyState.RELEASED, id="unlicensed"),
        pytest.param(job(status="released", consumption_id="c"), MoneyState.CHARGED, id="released, but charged"),
        pytest.param(job(status="running", consumption_id="c"), MoneyState.CHARGED, id="running, but charged"),
    ],
)
def test_where_the_credits_of_a_job_are(found: Job, state: MoneyState) -> None:
    """By its status, and above all by whether credits were really deducted."""
    assert entry(found).state is state


@pytest.mark.parametrize(
    ("found", "spent"),
    [
        (Entry("j", "p", "2024-06", MoneyState.CHARGED, 5, 9), 5),
        (Entry("j", "p", "2024-06", MoneyState.RUNNING, None, 9), 9),
        (Entry("j", "p", "2024-06", MoneyState.RUNNING, 0, 9), 0),
        (Entry("j", "p", "2024-06", MoneyState.RUNNING, None, None), None),
        (Entry("j", "p", "2024-06", MoneyState.RELEASED, 5, 9), 0),
        (Entry("j", "p", "2024-06", MoneyState.RELEASED, None, None), 0),
    ],
)
def test_what_a_job_takes_from_a_budget(found: Entry, spent: int | None) -> None:
    """What the service says, else what was quoted; nothing once it is released; None where nobody knows."""
    assert found.spent_credits == spent


WANTING = {"fp1:a": (output("a", team="x"), output("b", team="y"))}
KNOWN = {"j1": "fp1:a"}


@pytest.mark.parametrize(
    ("owners", "name", "labels"),
    [
        pytest.param(Owners(), None, None, id="nobody's"),
        pytest.param(Owners(KNOWN, WANTING), "a", {"team": "x"}, id="of several outputs the first by name"),
        pytest.param(
            Owners(KNOWN, WANTING, {"j1": claim("b")}), "b", {"team": "y"}, id="of several the one that claimed it"
        ),
        pytest.param(
            Owners(KNOWN, WANTING, {"j1": claim("gone", team="z")}),
            "a",
            {"team": "x"},
            id="a declared output before the claim's, with today's labels",
        ),
        pytest.param(
            Owners({"j1": "fp1:other"}, WANTING, {"j1": claim("gone", team="z")}, {"j1": receipt("r", team="r")}),
            "gone",
            {"team": "z"},
            id="the claim before the receipt",
        ),
        pytest.param(
            Owners(receipts={"j1": receipt("r", team="r")}), "r", {"team": "r"}, id="the receipt beside its files"
        ),
        pytest.param(
            Owners(KNOWN, {"fp1:b": WANTING["fp1:a"]}, {"j2": claim()}, {"j2": receipt("r")}),
            None,
            None,
            id="others' do not count",
        ),
    ],
)
def test_whose_job_it_is(owners: Owners, name: str | None, labels: dict[str, str] | None) -> None:
    """A declared output with this work, else the claim, else a receipt, else nobody."""
    found = entry(job(), owners)

    assert (found.output, found.labels) == (name, labels)


@pytest.mark.parametrize(
    ("credit_count", "claimed", "quoted"),
    [(63, claim(quoted_credits=60), 60), (63, claim(), 63), (63, None, 63), (None, claim(quoted_credits=0), 0)],
)
def test_a_job_was_quoted_what_its_claim_says(credit_count: int | None, claimed: Claim | None, quoted: int) -> None:
    """Without a claim that knows a price, what the service held stands for it."""
    owners = Owners(claims={} if claimed is None else {"j1": claimed})

    assert entry(job(credits=credit_count), owners).quoted_credits == quoted


@pytest.mark.parametrize(
    ("moment", "month"),
    [
        (dt.datetime(2024, 6, 30, 23, 59, 59, tzinfo=dt.UTC), "2024-06"),
        (dt.datetime(2024, 7, 1, 1, 0, tzinfo=dt.timezone(dt.timedelta(hours=2))), "2024-06"),
        (dt.datetime(2024, 7, 1, tzinfo=dt.UTC), "2024-07"),
    ],
)
def test_a_month_is_a_calendar_month_in_utc(moment: dt.datetime, month: str) -> None:
    """A job belongs to the month in which it was created, wherever people look at it."""
    assert entry(job(created=moment)).month == month
    assert month_of(month_start(month)) == month


LABELLED = Spending(
    (
        Entry("1", "p", "2024-05", MoneyState.CHARGED, 5, 6, "a", {"team": "x", "area": "uk"}),
        Entry("2", "q", "2024-06", MoneyState.RUNNING, 7, 7, "b", {"team": "y"}),
        Entry("3", "p", "2024-06", MoneyState.RELEASED, 9, 9, "b", {}),
        Entry("4", "p", "2024-06", MoneyState.CHARGED, 11, 11),
    ),
    reported_credits=32,
)


@pytest.mark.parametrize(
    ("by", "jobs"),
    [
        ("output", {"a": 1, "b": 2}),
        ("process", {"p": 2, "q": 1}),
        ("month", {"2024-05": 1, "2024-06": 2}),
        ("label", {"(none)": 1, "area=uk": 1, "team=x": 1, "team=y": 1}),
        ("label:team", {"(none)": 1, "team=x": 1, "team=y": 1}),
    ],
)
def test_groups(by: str, jobs: dict[str, int]) -> None:
    """Jobs of nobody are in no group; the total has every job once, even if some are in two groups."""
    closed = bookkeeping.close(LABELLED, by=by)

    assert {name: row.jobs for name, row in closed.groups.items()} == jobs
    assert list(closed.groups) == sorted(jobs)
    assert (closed.others.jobs, closed.total.jobs) == (1, 4)
    assert closed.closes


def test_outputs_that_were_not_selected_are_among_the_others() -> None:
    """So that the total still closes."""
    closed = bookkeeping.close(LABELLED, by="output", outputs=frozenset({"b"}))

    assert list(closed.groups) == ["b"]
    assert (closed.others.jobs, closed.total.jobs) == (2, 4)


def test_the_columns_of_a_row() -> None:
    """Quoted and the difference on one side are charged, released and held on the other."""
    found = [
        Entry("1", "p", "2024-06", MoneyState.CHARGED, 5, 6),
        Entry("2", "p", "2024-06", MoneyState.RUNNING, 7, 7),
        Entry("3", "p", "2024-06", MoneyState.RELEASED, 9, 9),
        Entry("4", "p", "2024-06", MoneyState.RUNNING, None, 20),
        Entry("5", "p", "2024-06", MoneyState.RELEASED, None, None),
        Entry("6", "p", "2024-06", MoneyState.CHARGED, None, None),
    ]

    row = bookkeeping.close(Spending(tuple(found)), by="process").total

    assert row == Sums(
        jobs=6,
        quoted_credits=42,
        charged_credits=5,
        released_credits=9,
        held_credits=7,
        difference_credits=-21,
        unknown_count=2,
    )
    assert row.reported_credits == 21


@pytest.mark.parametrize(
    "wrong",
    [
        Ledger("output", {}, Sums(), Sums(charged_credits=5, difference_credits=5), Spending((), reported_credits=4)),
        Ledger("output", {}, Sums(), Sums(charged_credits=5), Spending((), reported_credits=5)),
        Ledger("output", {"a": Sums(held_credits=1)}, Sums(), Sums(), Spending(())),
        Ledger("output", {}, Sums(released_credits=1), Sums(), Spending(())),
    ],
)
def test_books_that_do_not_close_say_so(wrong: Ledger) -> None:
    """A total that is not the service's, or a row whose two sides differ."""
    assert not wrong.closes


JOBS = st.lists(
    st.builds(
        lambda number, status, price, charged, day: job(
            f"j{number}",
            status,
            credits=price,
            consumption_id="c" if charged else None,
            created=NOW - dt.timedelta(days=day),
            finished=NOW - dt.timedelta(days=day),
        ),
        st.integers(0, 9),
        st.sampled_from(["captured", "successful", "running", "failed", "released", "invalid", "odd"]),
        st.none() | st.integers(0, 500),
        st.booleans(),
        st.integers(0, 90),
    ),
    max_size=12,
    unique_by=lambda found: found.job_id,
)
QUOTES = st.dictionaries(st.integers(0, 9).map("j{}".format), st.none() | st.integers(0, 500))


@given(JOBS, QUOTES, st.sampled_from(["output", "process", "month", "label:team"]))
def test_whatever_happened_the_books_close(jobs: list[Job], quotes: dict[str, int | None], by: str) -> None:
    """The rows add up to the total, and the total to what the service says of all jobs, to the credit."""
    owners = Owners(claims={job_id: claim("a", quoted) for job_id, quoted in quotes.items()})
    found = bookkeeping.entries(jobs, owners, now=NOW, grace_s=60)
    spent = Spending(found, reported_credits=sum(one.credits or 0 for one in jobs))

    closed = bookkeeping.close(spent, by=by)

    assert closed.closes
    rows = [*closed.groups.values(), closed.others]
    for column in ("jobs", "quoted_credits", "charged_credits", "released_credits", "held_credits", "unknown_count"):
        assert sum(getattr(row, column) for row in rows) == getattr(closed.total, column)
