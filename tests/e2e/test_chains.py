"""Outputs made from other outputs' results: planned with unknown prices, bought in order, free when rerun."""

import shutil

from tests.e2e.harness import COAST, Repo, Service, output

CHAIN = (
    output("coast")
    + output("ships", "detection-ships-airbus", inputs="{item: {fromOutput: coast}}")
    + output("tanks", "detection-storage-tanks-airbus", inputs="{item: {fromOutput: coast, role: data}}")
)


def test_a_chain_needs_a_ceiling(repo: Repo, service: Service) -> None:
    """A price that is not known before another output is made could be anything: refused without a ceiling."""
    repo.write(CHAIN)

    found = repo.run("apply", "outputs.yaml", "--yes").ended(4)

    assert "  + ships  detection-ships-airbus" in found.out
    assert "made from coast, which comes first" in found.out
    assert "2 unknown" in found.out
    assert "--max-credits" in found.err
    assert service.posts()["execution"] == 0


def test_a_chain_is_made_in_order_and_then_free(repo: Repo, service: Service) -> None:
    """Each output is made from the one before; the rerun creates nothing and looks at no price."""
    repo.write(CHAIN)

    first = repo.run("apply", "outputs.yaml", "--yes", "--max-credits", "1000").ended(0)
    assert "3 jobs created" in first.out
    assert service.posts()["execution"] == 3
    service.forget()

    again = repo.run("apply", "outputs.yaml").ended(0)

    assert "No changes." in again.out
    assert set(service.posts()) <= {"token", "search"}


def test_a_delivered_chain_survives_the_loss_of_results_in_storage(repo: Repo, service: Service) -> None:
    """The receipts know the items: what is delivered stays so when storage forgets it."""
    service.fault("results-deleted:seconds=3600")
    repo.write(CHAIN)
    repo.run("apply", "outputs.yaml", "--yes", "--max-credits", "1000").ended(0)
    service.sandbox.drive_clock(ahead=7200 * 1_000_000)
    service.forget()

    again = repo.run("plan", "outputs.yaml", "--detailed-exitcode").ended(0)

    assert "No changes." in again.out


def test_a_chain_without_files_and_state_is_found_again(repo: Repo, service: Service) -> None:
    """A runner that starts empty resolves the chain from storage and buys nothing."""
    repo.write(CHAIN)
    repo.run("apply", "outputs.yaml", "--yes", "--max-credits", "1000").ended(0)
    shutil.rmtree(repo.folder / "outputs")
    shutil.rmtree(repo.folder / ".reconciler")
    service.forget()

    again = repo.run("apply", "outputs.yaml").ended(0)

    assert "Plan: 0 to create, 0 to replace, 0 to wait for, 3 to download" in again.out
    assert service.posts()["execution"] == 0


def test_a_late_price_over_the_ceiling_is_not_paid(repo: Repo, service: Service) -> None:
    """The ceiling holds for prices that come to light on the way; what is over it is deferred."""
    repo.write(CHAIN)
    price = repo.run("plan", "outputs.yaml", "--format", "json").ended(0).document["cost"]["total"]

    found = repo.run("apply", "outputs.yaml", "--yes", "--max-credits", str(price)).ended(7)

    assert service.posts()["execution"] == 1
    assert "over the ceiling: 44 credits, 0 left" in found.out


def test_an_output_behind_a_failed_one_is_blocked(repo: Repo, service: Service) -> None:
    """What cannot be made is said for each output of the chain, and nothing is paid for it."""
    service.fault("job-fails:containing=pansharpening")
    repo.write(CHAIN)

    found = repo.run("apply", "outputs.yaml", "--yes", "--max-credits", "1000").ended(7)

    assert "waits for coast, which is failed" in found.out
    assert service.posts()["execution"] == 1


def test_a_selection_takes_along_what_it_is_made_from(repo: Repo, service: Service) -> None:
    """--select of the end of a chain plans its beginning too."""
    repo.write(CHAIN)

    found = repo.run("plan", "outputs.yaml", "--select", "ships").ended(0)

    assert "Plan: 2 to create" in found.out


def test_the_licence_of_a_later_link_is_looked_at_first(repo: Repo, service: Service) -> None:
    """Nobody buys the first half of a chain whose second half is not licensed."""
    repo.write(output("coast") + output("trees", "detection-trees-spacept", inputs="{item: {fromOutput: coast}}"))

    found = repo.run("plan", "outputs.yaml").ended(0)

    assert "  ! trees" in found.out
    assert "EULA not accepted" in found.out


def test_two_late_outputs_with_the_same_work_share_one_job(repo: Repo, service: Service) -> None:
    """What turns out to be the same work is paid once."""
    repo.write(
        output("coast")
        + output("one", "detection-ships-airbus", inputs="{item: {fromOutput: coast}}")
        + output("two", "detection-ships-airbus", inputs="{item: {fromOutput: coast, role: data}}")
    )

    repo.run("apply", "outputs.yaml", "--yes", "--max-credits", "1000").ended(0)

    assert service.posts()["execution"] == 2


def test_replacing_an_output_replaces_what_is_made_from_it(repo: Repo, service: Service) -> None:
    """--replace of the first link lists the others, and all are made anew."""
    repo.write(CHAIN)
    repo.run("apply", "outputs.yaml", "--yes", "--max-credits", "1000").ended(0)
    service.forget()

    found = repo.run("apply", "outputs.yaml", "--yes", "--max-credits", "1000", "--replace", "coast").ended(0)

    assert "ships, tanks are made from it, and paid for anew" in found.out
    assert service.posts()["execution"] == 3
    assert COAST in repo.run("jobs", "--format", "json").ended(0).out
