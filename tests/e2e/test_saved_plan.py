"""`plan --out`, `show` and `apply FILE`: the plan is a promise."""

import json

import pytest

from tests.e2e.harness import COAST as COAST_ITEM
from tests.e2e.harness import TOWN, Repo, Service, output

COAST = output("coast")


def saved(repo: Repo, *options: str) -> str:
    repo.run("plan", "outputs.yaml", "--out", "plan.json", *options).ended(0)
    return "plan.json"


def test_a_saved_plan_is_applied_as_it_is_and_again_for_nothing(repo: Repo, service: Service) -> None:
    """The first apply creates what is shown, the second nothing."""
    repo.write(COAST)
    plan = saved(repo)

    repo.run("apply", plan, "--yes").ended(0)
    again = repo.run("apply", plan, "--yes").ended(0)

    assert "No changes." in again.out
    assert service.posts()["execution"] == 1


def test_planning_to_a_file_says_what_to_do_next(repo: Repo, service: Service) -> None:
    """The sentence that Terraform's users know, on stderr; the plan itself stays on stdout."""
    repo.write(COAST)
    found = repo.run("plan", "outputs.yaml", "--out", "plan.json").ended(0)
    assert "To perform exactly these actions, run: reconciler apply plan.json" in found.err
    assert "  + coast" in found.out


def test_changed_manifests_stop_a_plan_and_say_which_output(repo: Repo, service: Service) -> None:
    """Exit 3 before the first credit, with the output and the field."""
    repo.write(COAST)
    plan = saved(repo)
    repo.write(output("coast", more="title: Another"))

    found = repo.run("apply", plan, "--yes").ended(3)

    assert "coast: title changed" in found.err
    assert service.posts()["execution"] == 0


def test_comments_and_order_do_not_make_a_plan_stale(repo: Repo, service: Service) -> None:
    """What is declared counts, not how it is written."""
    second = output("town", "true-color-conversion", inputs=f"{{item: {TOWN}}}")
    repo.write(COAST + second)
    plan = saved(repo)
    repo.write("# a comment\n" + second + COAST)
    repo.run("apply", plan, "--yes").ended(0)
    assert service.posts()["execution"] == 2


def test_an_output_that_came_since_stops_a_plan(repo: Repo, service: Service) -> None:
    """A new output is not in the plan."""
    repo.write(COAST)
    plan = saved(repo)
    repo.write(COAST + output("ships", "detection-ships-airbus"))
    found = repo.run("apply", plan, "--yes").ended(3)
    assert "ships: it is not in the plan" in found.err


def test_a_price_that_rose_stops_a_plan(repo: Repo, service: Service) -> None:
    """One credit more is too much."""
    repo.write(COAST)
    plan = saved(repo)
    service.fault("price-rises:request=price,credits=1")

    found = repo.run("apply", plan, "--yes").ended(3)

    assert "coast: its price is" in found.err
    assert service.posts()["execution"] == 0


def test_a_job_that_exists_by_now_is_used(repo: Repo, service: Service) -> None:
    """The world made the plan smaller: nothing is paid again."""
    repo.write(COAST)
    plan = saved(repo)
    repo.run("apply", "outputs.yaml", "--yes").ended(0)
    service.forget()

    repo.run("apply", plan, "--yes").ended(0)

    assert service.posts()["execution"] == 0


def test_each_paid_action_is_used_once(repo: Repo, service: Service) -> None:
    """A job that failed used the action up: applying the plan again creates no second one."""
    service.fault("job-fails:containing=pansharpening")
    repo.write(output("coast", more="retry: {attempts: 3}"))
    plan = saved(repo)

    repo.run("apply", plan, "--yes").ended(7)
    assert service.posts()["execution"] == 1
    again = repo.run("apply", plan, "--yes").ended(7)

    assert service.posts()["execution"] == 1
    assert "made since this plan" in again.out


def test_a_replacement_is_frozen_in_the_plan(repo: Repo, service: Service) -> None:
    """--replace counts from the time of planning: applied twice, it pays once."""
    repo.write(COAST)
    repo.run("apply", "outputs.yaml", "--yes").ended(0)
    plan = saved(repo, "--replace", "coast")
    service.forget()

    repo.run("apply", plan, "--yes").ended(0)
    repo.run("apply", plan, "--yes").ended(0)

    assert service.posts()["execution"] == 1


def test_a_chain_in_a_plan_is_matched_by_name_and_held_to_its_ceiling(repo: Repo, service: Service) -> None:
    """The ceiling stands in the plan; the chained output is made once."""
    repo.write(COAST + output("ships", "detection-ships-airbus", inputs="{item: {fromOutput: coast}}"))
    plan = saved(repo, "--max-credits", "1000")

    repo.run("apply", plan, "--yes").ended(0)
    repo.run("apply", plan, "--yes").ended(0)

    assert service.posts()["execution"] == 2


def test_a_plan_shows_anywhere_and_in_any_format(repo: Repo, service: Service) -> None:
    """Without manifests, account and network, the text is the one that plan showed."""
    repo.write(COAST)
    shown = repo.run("plan", "outputs.yaml", "--out", "plan.json").ended(0).out
    (repo.folder / "outputs.yaml").unlink()
    nowhere = dict.fromkeys(repo.environment, "")

    assert repo.run("show", "plan.json", **nowhere).ended(0).out == shown
    document = repo.run("show", "plan.json", "--format", "json", **nowhere).ended(0).document
    assert document == json.loads((repo.folder / "plan.json").read_text())
    comment = repo.run("show", "plan.json", "--format", "markdown", **nowhere).ended(0).out
    assert comment.startswith("<!-- reconciler-plan")


def test_a_plan_is_applied_by_its_approved_digest_only(repo: Repo, service: Service) -> None:
    """Another digest than the approved one is stale."""
    repo.write(COAST)
    digest = json.loads((repo.folder / saved(repo)).read_text())["plan_digest"]

    repo.run("apply", "plan.json", "--yes", "--digest", "sha256:" + "0" * 64).ended(3)
    assert service.posts()["execution"] == 0
    repo.run("apply", "plan.json", "--yes", "--digest", digest).ended(0)


def test_the_same_world_planned_again_has_the_same_digest(repo: Repo, service: Service) -> None:
    """A digest stands for what would be done, not for when it was planned."""
    repo.write(COAST)
    digests = {json.loads((repo.folder / saved(repo)).read_text())["plan_digest"] for _ in range(2)}
    assert len(digests) == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda text: text[: len(text) // 2], 1),
        (lambda text: text.replace('"credits": ', '"credits": 1', 1), 1),
        (lambda text: text.replace('"format_version": "1.', '"format_version": "2.', 1), 1),
        (lambda _: "{}", 1),
        (lambda _: "[" * 100_000, 1),
    ],
    ids=["cut", "a number changed", "another version", "empty", "nested"],
)
def test_a_plan_file_that_was_touched_is_refused(repo: Repo, service: Service, change, code) -> None:
    """What is applied is what was written."""
    repo.write(COAST)
    path = repo.folder / saved(repo)
    path.write_text(change(path.read_text()))
    repo.run("apply", "plan.json", "--yes").ended(code)
    repo.run("show", "plan.json").ended(code)
    assert service.posts()["execution"] == 0


def test_a_plan_is_not_written_over_a_manifest(repo: Repo, service: Service) -> None:
    """--out replaces plans, nothing else."""
    repo.write(COAST)
    before = (repo.folder / "outputs.yaml").read_text()
    repo.run("plan", "outputs.yaml", "--out", "outputs.yaml").ended(64)
    assert (repo.folder / "outputs.yaml").read_text() == before


def test_a_manifest_in_json_is_no_plan(repo: Repo, service: Service) -> None:
    """JSON is YAML: what says apiVersion is a manifest, whatever it is called, and no plan is written over it."""
    spec = {"process": "pansharpening", "inputs": {"item": COAST_ITEM}}
    document = {"apiVersion": "reconciler/v1", "kind": "ProcessingOutput", "metadata": {"name": "coast"}, "spec": spec}
    repo.write(json.dumps(document), "coast.json")

    repo.run("plan", "coast.json", "--out", "coast.json").ended(64)
    repo.run("apply", "coast.json", "--yes").ended(0)

    assert service.posts()["execution"] == 1


@pytest.mark.parametrize("option", [["--select", "coast"], ["--replace", "coast"], ["--rebuy"], ["--fit"]])
def test_options_that_belong_to_planning_are_refused(repo: Repo, service: Service, option: list[str]) -> None:
    """A plan file is applied as it is."""
    repo.write(COAST)
    repo.run("apply", saved(repo), "--yes", *option).ended(64)


def test_a_plan_of_another_workspace_is_refused(repo: Repo, service: Service) -> None:
    """A plan means one workspace at one API."""
    repo.write(COAST)
    plan = saved(repo)
    other = "00000000-0000-4000-8000-00000000dead"
    assert "was made for workspace" in repo.run("apply", plan, "--yes", UP42_WORKSPACE_ID=other).ended(64).err


def test_a_plan_without_its_manifests_is_stale(repo: Repo, service: Service) -> None:
    """Nobody can tell whether they changed."""
    repo.write(COAST)
    plan = saved(repo)
    (repo.folder / "outputs.yaml").unlink()
    assert "are not here" in repo.run("apply", plan, "--yes").ended(3).err


def test_the_command_that_is_named_next_is_the_one_that_works(repo: Repo) -> None:
    """A plan made for play is applied in play: what planning says can be copied."""
    repo.write(COAST)
    said = repo.run("plan", "--sandbox", "outputs.yaml", "--out", "plan.json").ended(0).err
    command = said.strip().rpartition("run: reconciler ")[2].splitlines()[0].split()

    assert command == ["apply", "--sandbox", "plan.json"]
    repo.run(*command, "--yes").ended(0)
