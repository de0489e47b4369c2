"""What an earlier run may have created: claims without an end, and what people may do about them."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import anyio
import pytest

from reconciler.model.receipt import Claim, ClaimPhase
from reconciler.sandbox.settings import DEFAULT_WORKSPACE_ID
from reconciler.state.claims import Claims
from reconciler.state.objects import FolderObjects
from tests.e2e.harness import COAST as ITEM
from tests.e2e.harness import Repo, Service, output

PROJECT = """
apiVersion: reconciler/v1
kind: Project
metadata: {name: p}
spec: {timing: {settle: 3s, lease: 3s}}
"""


@pytest.fixture
def dead_claim(repo: Repo, service: Service) -> Callable[..., None]:
    """Leaves the claim of a run that died, with or without its request on the way."""

    def leave(*, posting: bool) -> None:
        repo.write(PROJECT + output("coast"))
        (change,) = repo.run("plan", "outputs.yaml", "--format", "json").ended(0).document["target_changes"]
        store = Claims(
            FolderObjects(repo.folder / ".reconciler"),
            api_url=service.server.base_url,
            workspace_id=DEFAULT_WORKSPACE_ID,
        )
        now = dt.datetime.now(dt.UTC)
        claim = Claim(change["fingerprint"], 1, "dead0001", ClaimPhase.TAKEN, "ada@elsewhere", "coast", "p", now)

        async def write() -> None:
            await store.take(claim)
            if posting:
                await store.mark_posting(claim, at=now)

        anyio.run(write)
        service.forget()

    return leave


def test_a_request_without_an_answer_is_sent_again_after_the_settle_window(
    repo: Repo, service: Service, dead_claim: Callable[..., None]
) -> None:
    """The plan shows it as unresolved with its price; the apply looks for its job first, then creates one."""
    dead_claim(posting=True)

    planned = repo.run("plan", "outputs.yaml").ended(0)
    assert "  ? coast" in planned.out
    assert "no answer, not listed yet" in planned.out
    assert "dead0001" in repo.run("claims").ended(0).out
    applied = repo.run("apply", "outputs.yaml", "--yes").ended(0)

    assert "looking for its job in the listing" in applied.err
    assert service.posts()["execution"] == 1
    assert len(repo.files()) == 2


def test_an_unknown_outcome_may_be_left_to_a_person(
    repo: Repo, service: Service, dead_claim: Callable[..., None]
) -> None:
    """--on-unknown stop ends with 5, and creates nothing."""
    dead_claim(posting=True)

    found = repo.run("apply", "outputs.yaml", "--yes", "--on-unknown", "stop").ended(5)

    assert "Look in the console" in found.out
    assert service.posts()["execution"] == 0


def test_a_dead_claim_is_free_after_its_lease(repo: Repo, service: Service, dead_claim: Callable[..., None]) -> None:
    """A claim under which nothing was sent is waited for as long as its lease, then passed."""
    dead_claim(posting=False)

    found = repo.run("apply", "outputs.yaml", "--yes").ended(0)

    assert "another run (ada@elsewhere) has claimed it" in found.err
    assert service.posts()["execution"] == 1


def test_a_claim_is_released_by_its_id_alone(repo: Repo, service: Service, dead_claim: Callable[..., None]) -> None:
    """`claims release ID` frees the output at once; without the right id nothing is released."""
    dead_claim(posting=True)

    repo.run("claims", "release", "another").ended(64)
    repo.run("claims", "release", "dead0001").ended(0)
    repo.run("claims", "release", "dead0001").ended(64)

    document: Any = repo.run("claims", "--format", "json").ended(0).document
    assert document["claims"] == []
    assert "  + coast" in repo.run("plan", "outputs.yaml").ended(0).out


def test_two_applies_at_once_pay_once(repo: Repo, service: Service) -> None:
    """Two runs that share a state folder: every output is created by one of them, and both end well."""
    weights = [f"{{item: {ITEM}, greyWeights: [{{band: red, weight: {n}}}]}}" for n in range(1, 6)]
    repo.write("".join(output(f"o{n}", inputs=text) for n, text in enumerate(weights)))

    runs = [repo.start("apply", "outputs.yaml", "--yes") for _ in range(2)]
    ends = [run.communicate(timeout=100) for run in runs]

    assert [run.returncode for run in runs] == [0, 0], ends
    assert service.posts()["execution"] == 5
    assert len(repo.files()) == 10


def test_short_commands_end_in_order(repo: Repo, service: Service) -> None:
    """A command that has just read the state store ends by itself: nothing aborts the process at its end."""
    repo.write(output("coast"))
    repo.run("apply", "outputs.yaml", "--yes").ended(0)

    for _ in range(5):
        runs = [repo.start("claims", "--all") for _ in range(4)]
        for run in runs:
            run.communicate(timeout=60)
        assert [run.returncode for run in runs] == [0, 0, 0, 0]


def test_a_claim_keeps_the_labels_and_the_price(repo: Repo, service: Service) -> None:
    """Months later, it still says for whom a job was created and what was quoted for it."""
    repo.write(output("coast").replace("{name: coast}", "{name: coast, labels: {team: coastal}}"))
    (change,) = repo.run("plan", "outputs.yaml", "--format", "json").ended(0).document["target_changes"]
    repo.run("apply", "outputs.yaml", "--yes").ended(0)

    (claim,) = repo.run("claims", "--all", "--format", "json").ended(0).document["claims"]

    assert claim["labels"] == {"team": "coastal"}
    assert claim["quoted_credits"] == change["cost"]["credits"] > 0
