import pytest

from reconciler.sandbox.moments import SECOND
from reconciler.sandbox.processing.lifecycle import BRANCHES, TURNED_AWAY, Fate, Status, due_after, fate_from, follow


@pytest.mark.parametrize(
    ("status", "good", "bad"),
    [
        ("created", "licensed", "unlicensed"),
        ("licensed", "valid", "invalid"),
        ("valid", "accepted", "rejected"),
        ("accepted", "running", "running"),
        ("running", "successful", "failed"),
        ("successful", "captured", "released"),
        ("failed", "released", "released"),
    ],
)
def test_every_transition(status, good, bad):
    """Each status that is not final leads where section 7.3 says."""
    assert follow(Status(status), good=True) == good
    assert follow(Status(status), good=False) == bad


@pytest.mark.parametrize("status", ["captured", "released", "unlicensed", "invalid", "rejected"])
def test_final_statuses_lead_nowhere(status):
    """A final status has no next one and no due moment."""
    assert due_after(Status(status), 0, Fate(), time_scale=1, last_good=Status.CAPTURED) is None
    with pytest.raises(ValueError, match="final"):
        follow(Status(status), good=True)


def test_all_twelve_statuses_are_reached():
    """From `created` the machine reaches every status of the guide."""
    reached = {Status.CREATED}
    for branch in BRANCHES.values():
        reached |= {branch.good, branch.bad}

    assert reached == set(Status)
    assert sorted(TURNED_AWAY) == [Status.INVALID, Status.REJECTED, Status.UNLICENSED]


@pytest.mark.parametrize("scale", [0.5, 1.0, 40.0])
def test_a_good_job_takes_forty_seconds_divided_by_the_scale(scale):
    """The stages of a good job add up to 40 s at scale 1, and shrink with the scale."""
    status, at = Status.CREATED, 0
    while (due := due_after(status, at, Fate(), time_scale=scale, last_good=Status.CAPTURED)) is not None:
        status, at = follow(status, good=True), due

    assert (status, at) == (Status.CAPTURED, 40 * SECOND / scale)


def test_the_newer_regime_ends_at_successful():
    """Where `successful` is the last good status it is never left, while `failed` still turns released."""
    assert due_after(Status.SUCCESSFUL, 0, Fate(), time_scale=1, last_good=Status.SUCCESSFUL) is None
    assert due_after(Status.FAILED, 0, Fate(), time_scale=1, last_good=Status.SUCCESSFUL) == SECOND


@pytest.mark.parametrize("status", BRANCHES)
def test_a_stuck_job_has_no_due_moment(status):
    """A job stays for ever in the status in which its fate has it stuck, and in no other."""
    for other in BRANCHES:
        due = due_after(other, 0, Fate(stuck=status), time_scale=1, last_good=Status.CAPTURED)
        assert (due is None) is (other == status)


@pytest.mark.parametrize("last_good", [Status.CAPTURED, Status.SUCCESSFUL])
def test_a_job_to_be_released_leaves_successful(last_good):
    """In both regimes a job whose fate is to be released does not stay successful."""
    assert due_after(Status.SUCCESSFUL, 0, Fate(released=True), time_scale=1, last_good=last_good) == SECOND


@pytest.mark.parametrize(
    "fate",
    [Fate(), Fate(stuck=Status.VALID), Fate(fails=True), Fate(released=True, results_last_s=1.5, shown={"a": "b"})],
)
def test_a_fate_is_read_as_it_was_written(fate):
    """Writing a fate down and reading it changes nothing; no text is the fate of a job without faults."""
    assert fate_from(fate.text()) == fate
    assert fate_from(None) == Fate()
