"""What a plan tells besides its lines: `--explain`, `--fit`, policies, a workflow run's files."""

import json

from tests.e2e.harness import COAST, TOWN, Repo, Service, output

POLICY = """---
apiVersion: reconciler/v1
kind: Policy
metadata: {name: rails}
spec: {limits: {creditsPerPlan: 60}}
"""
BOTH = output("coast", more="priority: 1") + output("ships", "detection-ships-airbus")


def test_an_explanation_names_the_jobs_and_the_nearest_one(repo: Repo, service: Service) -> None:
    """The hashed document, every job with its verdict, and what differs from the nearest earlier job."""
    repo.write(output("coast"))
    repo.run("apply", "outputs.yaml", "--yes").ended(0)
    weights = f"{{item: {COAST}, greyWeights: [{{band: red, weight: 0.4}}]}}"
    repo.write(output("coast", inputs=weights))

    text = repo.run("plan", "outputs.yaml", "--explain", "coast").ended(0).out
    document = repo.run("plan", "outputs.yaml", "--explain", "coast", "--format", "json").ended(0).document

    assert "What is hashed:" in text
    assert f'"item": "{COAST}"' in text
    assert "Nearest earlier job:" in text
    assert "greyWeights" in text.partition("Nearest earlier job:")[2]
    assert document["document"]["process"] == "pansharpening"


def test_an_explanation_lists_jobs_that_nobody_needed_to_ask_for(repo: Repo, service: Service) -> None:
    """A delivered output is explained by its job, too."""
    repo.write(output("coast"))
    repo.run("apply", "outputs.yaml", "--yes").ended(0)
    assert "it serves the output" in repo.run("plan", "outputs.yaml", "--explain", "coast").ended(0).out


def test_a_ceiling_refuses_the_whole_and_fit_takes_what_fits(repo: Repo, service: Service) -> None:
    """Without --fit nothing is created; with it, by priority, what the ceiling covers."""
    repo.write(BOTH)

    repo.run("apply", "outputs.yaml", "--yes", "--max-credits", "60").ended(4)
    assert service.posts()["execution"] == 0
    found = repo.run("apply", "outputs.yaml", "--yes", "--max-credits", "60", "--fit").ended(7)

    assert service.posts()["execution"] == 1
    assert "  ~ ships" in found.out
    assert "it does not fit (over the ceiling: 44 credits, 2 left)" in found.out


def test_a_policy_refuses_the_whole_and_fit_takes_what_fits(repo: Repo, service: Service) -> None:
    """The same for a policy; `plan` shows the check, and fails where it is asked to."""
    repo.write(BOTH + POLICY)

    planned = repo.run("plan", "outputs.yaml").ended(0)
    assert "FAIL     rails/limits.creditsPerPlan: 102 of 60 credits" in planned.out
    repo.run("plan", "outputs.yaml", "--fail-on", "policy").ended(4)
    refused = repo.run("apply", "outputs.yaml", "--yes").ended(4)
    assert "A policy refuses the plan" in refused.err
    assert service.posts()["execution"] == 0
    repo.run("apply", "outputs.yaml", "--yes", "--fit").ended(7)
    assert service.posts()["execution"] == 1


def test_a_saved_plan_that_a_policy_refuses_is_not_applied(repo: Repo, service: Service) -> None:
    """A plan file is no way around a policy."""
    repo.write(BOTH + POLICY)
    repo.run("plan", "outputs.yaml", "--out", "plan.json").ended(0)
    repo.run("apply", "plan.json", "--yes").ended(4)
    assert service.posts()["execution"] == 0


def test_a_workflow_run_gets_outputs_and_a_summary(repo: Repo, service: Service) -> None:
    """GITHUB_OUTPUT and GITHUB_STEP_SUMMARY are filled; stdout stays the plan's own document."""
    repo.write(output("coast") + POLICY)
    run = {"GITHUB_OUTPUT": str(repo.folder / "out"), "GITHUB_STEP_SUMMARY": str(repo.folder / "summary")}

    document = repo.run("plan", "outputs.yaml", "--format", "json", "--out", "plan.json", **run).ended(0).document

    told = (repo.folder / "out").read_text()
    assert document["plan_digest"] in told
    assert "plan.json" in told
    assert (repo.folder / "summary").read_text().startswith("<!-- reconciler-plan:")


def test_order_and_names_change_no_price_and_create_no_job(repo: Repo, service: Service) -> None:
    """Documents, keys and files in another order, an output renamed in place: the plan is the same, and free."""
    town = output("town", "true-color-conversion", inputs=f"{{item: {TOWN}}}", more="delivery: {to: outputs/there}")
    repo.write(output("coast") + town)
    before = repo.run("plan", "outputs.yaml", "--format", "json").ended(0).document
    repo.write(town, "a.yaml")
    repo.write(output("coast"), "z.yaml")
    (repo.folder / "outputs.yaml").unlink()
    after = repo.run("plan", ".", "--format", "json").ended(0).document
    assert after["cost"] == before["cost"]
    assert [_without_place(change) for change in after["target_changes"]] == [
        _without_place(change) for change in before["target_changes"]
    ]
    repo.run("apply", ".", "--yes").ended(0)
    service.forget()

    repo.write(town.replace("name: town", "name: city"), "a.yaml")
    renamed = repo.run("apply", ".").ended(0)

    assert "No changes." in renamed.out
    assert service.posts()["execution"] == 0


def _without_place(change: dict[str, object]) -> str:
    return json.dumps({key: value for key, value in change.items() if key != "range"})
