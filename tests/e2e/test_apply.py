"""Declare, plan, apply, delivered; and again for nothing."""

import json
import shutil
import signal
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.e2e.harness import AUGUST, COAST, JUNE, TOWN, Repo, Service, output


def test_the_whole_way_and_again_for_nothing(repo: Repo, service: Service) -> None:
    """The first apply delivers; the second sends no POST but the token's, and exits 0."""
    repo.write(output("coast") + output("town", "true-color-conversion", inputs=f"{{item: {TOWN}}}"))

    first = repo.run("apply", "outputs.yaml", "--yes").ended(0)
    assert "Apply complete! 2 jobs created" in first.out
    assert len(repo.files()) == 4  # a raster and a receipt each
    before = service.sandbox.credits_available()
    service.forget()

    second = repo.run("apply", "outputs.yaml").ended(0)

    assert "No changes." in second.out
    assert set(service.posts()) <= {"token", "search"}
    assert service.sandbox.credits_available() == before


def test_planning_changes_nothing(repo: Repo, service: Service) -> None:
    """A plan creates no job, no file and no folder."""
    repo.write(output("coast"))

    found = repo.run("plan", "outputs.yaml").ended(0)

    assert "  + coast  pansharpening" in found.out
    assert "Plan: 1 to create, 0 to replace" in found.out
    assert service.posts()["execution"] == 0
    assert repo.files(".") == ["outputs.yaml"]


def test_without_the_state_folder_the_plan_is_the_same(repo: Repo, service: Service) -> None:
    """A runner that starts empty plans the same, and pays nothing."""
    repo.write(output("coast") + output("ships", "detection-ships-airbus"))
    repo.run("apply", "outputs.yaml", "--yes").ended(0)
    first = repo.run("plan", "outputs.yaml", "--show-unchanged").ended(0)
    shutil.rmtree(repo.folder / ".reconciler")
    service.forget()

    second = repo.run("plan", "outputs.yaml", "--show-unchanged").ended(0)
    repo.run("apply", "outputs.yaml").ended(0)

    assert second.out == first.out
    assert service.posts()["execution"] == 0


def test_without_state_and_files_the_download_is_free(repo: Repo, service: Service) -> None:
    """Jobs that were paid are found in the history, not bought again."""
    repo.write(output("coast"))
    repo.run("apply", "outputs.yaml", "--yes").ended(0)
    delivered = repo.files()
    shutil.rmtree(repo.folder / ".reconciler")
    shutil.rmtree(repo.folder / "outputs")
    service.forget()

    found = repo.run("apply", "outputs.yaml").ended(0)

    assert "  v coast" in found.out
    assert service.posts()["execution"] == 0
    assert repo.files() == delivered


def test_the_same_work_under_two_names_is_paid_once(repo: Repo, service: Service) -> None:
    """Two outputs with the same work: one job, two deliveries."""
    repo.write(output("one") + output("two", inputs=f'{{greyWeights: null, item: "{service.server.base_url}{COAST}"}}'))

    found = repo.run("apply", "outputs.yaml", "--yes").ended(0)

    assert service.posts()["execution"] == 1
    assert "same work as one: one job serves both" in found.out
    assert len([path for path in repo.files() if not path.endswith("receipt.json")]) == 2


def test_a_rename_costs_nothing(repo: Repo, service: Service) -> None:
    """An output renamed in place is still delivered."""
    repo.write(output("old-name", more="delivery: {to: outputs/here}"))
    repo.run("apply", "outputs.yaml", "--yes").ended(0)
    repo.write(output("new-name", more="delivery: {to: outputs/here}"))
    service.forget()

    found = repo.run("apply", "outputs.yaml").ended(0)

    assert "No changes." in found.out
    assert service.posts()["execution"] == 0


def test_other_inputs_replace_what_is_delivered(repo: Repo, service: Service) -> None:
    """The plan says what changed; the old files go when the new ones are whole."""
    pair = f"sourceItem: {AUGUST}, referenceItem: {JUNE}"
    repo.write(output("change", "detection-change-simularity", inputs=f"{{{pair}}}"))
    repo.run("apply", "outputs.yaml", "--yes").ended(0)
    before = set(repo.files())
    repo.write(output("change", "detection-change-simularity", inputs=f"{{{pair}, sensitivity: 5}}"))

    found = repo.run("apply", "outputs.yaml", "--yes").ended(0)

    assert "-/+ change" in found.out
    assert "sensitivity (none) → 5" in found.out
    after = set(repo.files())
    assert after & before == {"outputs/change/receipt.json"}
    assert len(after) == len(before)


def test_a_default_written_out_is_the_same_work(repo: Repo, service: Service) -> None:
    """What the process would assume anyway costs nothing to write down."""
    pair = f"sourceItem: {AUGUST}, referenceItem: {JUNE}"
    repo.write(output("change", "detection-change-simularity", inputs=f"{{{pair}}}"))
    repo.run("apply", "outputs.yaml", "--yes").ended(0)
    repo.write(output("change", "detection-change-simularity", inputs=f"{{{pair}, sensitivity: 2.0}}"))

    assert "No changes." in repo.run("plan", "outputs.yaml").ended(0).out


def test_a_missing_or_damaged_file_is_downloaded_again(repo: Repo, service: Service) -> None:
    """Repairs are free; damage is found when asked for."""
    repo.write(output("coast"))
    repo.run("apply", "outputs.yaml", "--yes").ended(0)
    raster = next(repo.folder / path for path in repo.files() if path.endswith(".tiff"))
    whole = raster.read_bytes()
    service.forget()

    raster.write_bytes(whole[:-1] + b"X")
    assert "No changes." in repo.run("plan", "outputs.yaml").ended(0).out
    assert "checksum differs" in repo.run("plan", "outputs.yaml", "--verify").ended(0).out
    raster.unlink()
    found = repo.run("apply", "outputs.yaml").ended(0)

    assert "1 of 1 file missing" in found.out
    assert raster.read_bytes() == whole
    assert service.posts()["execution"] == 0


def test_replace_pays_for_a_fresh_job(repo: Repo, service: Service) -> None:
    """--replace asks for a new job, once; the next plan is content with it."""
    repo.write(output("coast"))
    repo.run("apply", "outputs.yaml", "--yes").ended(0)
    service.forget()

    found = repo.run("apply", "outputs.yaml", "--yes", "--replace", "coast").ended(0)

    assert "asked by --replace" in found.out
    assert service.posts()["execution"] == 1
    assert "No changes." in repo.run("plan", "outputs.yaml").ended(0).out


def test_stable_names_and_roles(repo: Repo, service: Service) -> None:
    """delivery.name names the files, delivery.assets chooses them; the receipt tells of every asset."""
    more = 'delivery: {name: "${output.name}-${asset.role}", assets: {roles: [pansharpened]}}'
    repo.write(output("coast", more=more))

    repo.run("apply", "outputs.yaml", "--yes").ended(0)

    assert repo.files() == ["outputs/coast/coast-pansharpened.tiff", "outputs/coast/receipt.json"]
    receipt = json.loads((repo.folder / "outputs/coast/receipt.json").read_text())
    assert (receipt["status"], receipt["output"], receipt["job"]["settled"]) == ("complete", "coast", True)
    assert receipt["assets"][0]["delivered"]["file"] == "coast-pansharpened.tiff"


def test_the_other_regime_of_the_last_good_status(repo: Repo, serve: Callable[..., Service]) -> None:
    """Where `successful` is the end, nobody waits for `captured`: it settles after the grace period."""
    service = serve(terminal="successful")
    repo.write(output("coast"))
    repo.write(
        "apiVersion: reconciler/v1\nkind: Project\nmetadata: {name: p}\nspec: {timing: {grace: 1s}}\n", "project.yaml"
    )

    repo.run("apply", ".", "--yes").ended(0)

    receipt = json.loads((repo.folder / "outputs/coast/receipt.json").read_text())
    assert (receipt["job"]["status"], receipt["job"]["settled"]) == ("successful", True)
    assert service.posts()["execution"] == 1
    assert "No changes." in repo.run("plan", ".").ended(0).out


def test_no_wait_leaves_and_a_rerun_picks_up(repo: Repo, serve: Callable[..., Service]) -> None:
    """--no-wait ends with 6 after the creates; the next apply brings the files and pays nothing."""
    service = serve(time_scale=10)
    repo.write(output("coast"))

    found = repo.run("apply", "outputs.yaml", "--yes", "--no-wait").ended(6)
    assert "run the same command again to pick it up" in found.out
    assert repo.run("plan", "outputs.yaml").ended(0).out.startswith(" => coast")
    repo.run("apply", "outputs.yaml").ended(0)

    assert service.posts()["execution"] == 1
    assert len(repo.files()) == 2


def test_a_timeout_ends_with_six(repo: Repo, serve: Callable[..., Service]) -> None:
    """--timeout stops the waiting, not the job."""
    serve(time_scale=0.01)
    repo.write(output("coast"))

    found = repo.run("apply", "outputs.yaml", "--yes", "--timeout", "2s").ended(6)

    assert "at UP42; run the same command again" in found.out


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupt_ends_cleanly(
    repo: Repo, serve: Callable[..., Service], number: signal.Signals, code: int
) -> None:
    """The first signal says what goes on at UP42, and ends with its code; the next run picks the job up."""
    service = serve(time_scale=0.01)
    repo.write(output("coast"))
    process = repo.start("apply", "outputs.yaml", "--yes")
    assert process.stderr is not None
    for line in process.stderr:
        if "created job" in line:
            break
    process.send_signal(number)

    out, err = process.communicate(timeout=60)

    assert process.returncode == code, err
    assert "nothing more is created" in err
    assert "at UP42; run the same command again" in out
    assert "Traceback" not in err
    assert " => coast" in repo.run("plan", "outputs.yaml").ended(0).out
    assert service.posts()["execution"] == 1


def test_json_documents_follow_their_schemas(repo: Repo, service: Service) -> None:
    """--format json prints one document and nothing else on stdout; `schema` prints what it follows."""
    jsonschema: Any = pytest.importorskip("jsonschema")
    repo.write(output("coast"))
    documents = {
        "validate": repo.run("validate", "outputs.yaml", "--format", "json").ended(0).document,
        "plan": repo.run("plan", "outputs.yaml", "--format", "json").ended(0).document,
        "apply": repo.run("apply", "outputs.yaml", "--yes", "--format", "json").ended(0).document,
        "status": repo.run("status", "outputs.yaml", "--format", "json").ended(0).document,
        "claims": repo.run("claims", "--all", "--format", "json").ended(0).document,
        "processes": repo.run("processes", "--format", "json").ended(0).document,
        "eulas": repo.run("eulas", "list", "--format", "json").ended(0).document,
        "items": repo.run("items", "--format", "json").ended(0).document,
        "jobs": repo.run("jobs", "--format", "json").ended(0).document,
    }

    for kind, document in documents.items():
        schema = repo.run("schema", kind).ended(0).document
        jsonschema.Draft202012Validator(schema).validate(document)
        assert document["format_version"] == "1.0"


def test_exit_codes_that_tell_of_changes(repo: Repo, service: Service) -> None:
    """2 only when asked for: plan --detailed-exitcode and status --check."""
    repo.write(output("coast"))
    repo.run("plan", "outputs.yaml").ended(0)
    repo.run("plan", "outputs.yaml", "--detailed-exitcode").ended(2)
    repo.run("status", "outputs.yaml").ended(0)
    repo.run("status", "outputs.yaml", "--check").ended(2)

    repo.run("apply", "outputs.yaml", "--yes").ended(0)

    repo.run("plan", "outputs.yaml", "--detailed-exitcode").ended(0)
    assert "complete" in repo.run("status", "outputs.yaml", "--check").ended(0).out


def test_many_outputs_are_polled_together(repo: Repo, service: Service) -> None:
    """The number of polls does not grow with the number of jobs, and there is one listing for the plan."""
    repo.write(
        "".join(
            output(f"o{n}", inputs=f"{{item: {COAST}, greyWeights: [{{band: red, weight: {n}}}]}}")
            for n in range(1, 13)
        )
    )
    began = time.monotonic()

    repo.run("apply", "outputs.yaml", "--yes", "--parallelism", "12").ended(0)

    seconds = time.monotonic() - began
    listings = [query for method, path, query in service.server.requests if path.endswith("/jobs") and "ids=" in query]
    assert service.posts()["execution"] == 12
    assert len(listings) <= 2 * seconds + 4
