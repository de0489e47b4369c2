"""Deciding what one output needs. Pure: the same facts give the same answer, on every machine.

The decision table; the first row that holds decides. A job counts if it was created after `newerThan` and is not
in `ignoreJobs`. The rows from "a released job was charged" on are in planning.purchase.

    the destination cannot be read, or holds another's files    blocked
    delivered whole by a job that counts, charge final          unchanged
    … charge not final yet                                      wait; once it is: unchanged, the receipt learns it
    a job that counts has results in storage                    download (the receipt's own job, else the oldest
                                                                captured, else the oldest successful)
    … but no asset has a wanted role                            blocked
    a job that counts is pending, or its results not listed     wait
    results cannot be looked at                                 blocked
    results were deleted from storage, no --rebuy               blocked
    a released job was charged; a job was invalid               blocked
    released as often as `retry.attempts` allows                blocked
    a claim's job came back altered                             blocked
    a claim's job is not listed yet                             wait
    unknown process; the offer is refused; the last one failed
    for a cause that is not cured; preventReplace               blocked
    a claim's request has no answer, settle window open         unresolved
    something of ours is delivered there                        replace
    else                                                        create
"""

from collections.abc import Sequence
from dataclasses import replace

from reconciler.model.job import Asset, Item, Job, Standing
from reconciler.model.observation import Facts, Need, Question, ResultsKind, Situation
from reconciler.model.plan import Action, Change, Reason
from reconciler.model.receipt import Receipt, ReceiptStatus
from reconciler.planning import chains, changes, history, purchase, words


def decide(facts: Facts, situation: Situation) -> Change | Need:
    """The change that the output needs, or what has to be asked before that can be said.

    Asking and deciding again ends: every question is about something that the facts do not hold yet.
    Balances and work that outputs share are looked at by planning.money.
    """
    unusable = _unusable_destination(facts, situation)
    if unusable is not None:
        return unusable
    receipt = history.own_receipt(facts, situation)
    if receipt is not None and history.delivered_whole(facts, receipt):
        return _delivered(facts, situation, receipt)
    if facts.jobs is None:
        return Need(Question.HISTORY)
    return _from_jobs(facts, situation)


def decide_unresolved(
    facts: Facts, situation: Situation, waits_for: tuple[str, ...], refusals: Sequence[Reason]
) -> Change:
    """The change of an output whose inputs are not known before others are made.

    Args:
        facts: of the output; its fingerprint is "".
        situation: what the decision refers to.
        waits_for: the names of those others.
        refusals: what the service has against a new job, as far as it can be asked by now.
    """
    unusable = _unusable_destination(facts, situation)
    if unusable is not None:
        return replace(unusable, fingerprint=None)
    if facts.process is None:
        return replace(purchase.unknown_process(facts), fingerprint=None)
    if refusals:
        return replace(changes.blocked(facts, refusals[0].code, refusals[0].text), fingerprint=None)
    action = Action.CREATE if facts.destination.receipt is None else Action.REPLACE
    if facts.output.prevent_replace and action is Action.REPLACE:
        text = f"preventReplace is set, and this may pay for a new job ({chains.waiting(waits_for).text})"
        return replace(changes.blocked(facts, "blocked_because_prevent_replace", text), fingerprint=None)
    return Change(facts.output, action, chains.waiting(waits_for), newer_than=facts.newer_than, waits_for=waits_for)


def wanted_assets(items: Sequence[Item], roles: tuple[str, ...] | None) -> tuple[tuple[str, Asset], ...]:
    """The assets that an output asks for, each with the id of its item, in the order of the items."""
    return tuple(
        (item.item_id, asset)
        for item in items
        for asset in item.assets
        if roles is None or set(roles) & set(asset.roles)
    )


def _unusable_destination(facts: Facts, situation: Situation) -> Change | None:
    if facts.destination.unreadable:
        return changes.blocked(facts, "blocked_because_destination_unreadable", facts.destination.unreadable)
    occupant = _occupant(facts, situation)
    if not occupant:
        return None
    text = f"its destination holds {occupant}: choose another delivery.to"
    return changes.blocked(facts, "blocked_because_destination_occupied", text)


def _occupant(facts: Facts, situation: Situation) -> str:
    receipt = facts.destination.receipt
    if receipt is None:
        return ""
    same_place = receipt.api_url == situation.api_url
    if same_place and (facts.receipt_is_same_work or receipt.project == situation.project):
        return ""
    project = f" of project {receipt.project}" if receipt.project else ""
    return f"output {receipt.output}{project}, made at {receipt.api_url}"


def _delivered(facts: Facts, situation: Situation, receipt: Receipt) -> Change | Need:
    job = history.receipt_job(receipt)
    text = f"delivered from job {words.short(job.job_id)}"
    unchanged = changes.free(facts, Action.UNCHANGED, Reason("no_op", text), job)
    if receipt.job.settled:
        return unchanged
    if receipt.job.status == "released":
        note = f"job {words.short(job.job_id)} was released after its success; its files are kept, unsettled"
        return replace(unchanged, notes=(note,))
    if facts.jobs is None:
        return Need(Question.HISTORY)
    listed = next((other for other in facts.jobs if other.job_id == job.job_id), None)
    if listed is None:
        return unchanged
    if history.standing(listed, situation) in (Standing.UNSETTLED, Standing.PENDING):
        text = f"job {words.short(job.job_id)} is {listed.status}, its charge is not final yet"
        return changes.free(facts, Action.WAIT, Reason("wait_because_unsettled", text), listed)
    return replace(unchanged, job=listed, saved_credits=listed.credits, settles_receipt=True)


def _from_jobs(facts: Facts, situation: Situation) -> Change | Need:
    jobs = history.read(facts, situation)
    found: dict[ResultsKind, list[Job]] = {kind: [] for kind in ResultsKind}
    for job in jobs.downloadable:
        results = facts.results.get(job.job_id)
        if results is None:
            return Need(Question.RESULTS, job)
        if results.kind is ResultsKind.AVAILABLE:
            return _download(facts, job, results.items)
        found[results.kind].append(job)
    if jobs.pending:
        job = jobs.pending[0]
        return changes.free(facts, Action.WAIT, Reason("wait_because_running", words.running(job, situation.now)), job)
    if found[ResultsKind.NOT_YET]:
        job = found[ResultsKind.NOT_YET][0]
        text = f"job {words.short(job.job_id)} is {job.status}, its results are not listed yet"
        return changes.free(facts, Action.WAIT, Reason("wait_because_results_not_listed", text), job)
    if found[ResultsKind.UNKNOWN]:
        job = found[ResultsKind.UNKNOWN][0]
        text = f"the results of job {words.short(job.job_id)} cannot be looked at: {facts.results[job.job_id].why}"
        return changes.blocked(facts, "blocked_because_results_unknown", text, job)
    gone = found[ResultsKind.GONE]
    if gone and not situation.rebuy:
        text = f"paid before by job {words.short(gone[0].job_id)}, results deleted from storage: --rebuy pays again"
        return changes.blocked(facts, "blocked_because_results_deleted", text, gone[0])
    return purchase.decide(facts, situation, purchase.Ground(failed=jobs.failed, results_deleted=bool(gone)))


def _download(facts: Facts, job: Job, items: tuple[Item, ...]) -> Change:
    roles = facts.output.delivery.roles
    wanted = wanted_assets(items, roles)
    if not wanted:
        there = sorted({role for item in items for asset in item.assets for role in asset.roles})
        text = (
            f"no file of job {words.short(job.job_id)} has the role {' or '.join(roles or ())}: "
            f"there are {', '.join(there) or 'no roles'}"
            if roles
            else f"job {words.short(job.job_id)} has no files"
        )
        return changes.blocked(facts, "blocked_because_no_asset_matches", text, job)
    reason = _download_reason(facts, job, wanted)
    return replace(changes.free(facts, Action.DOWNLOAD, reason, job), items=items)


def _download_reason(facts: Facts, job: Job, wanted: tuple[tuple[str, Asset], ...]) -> Reason:
    by = words.done(job)
    receipt = facts.destination.receipt
    total = words.count(len(wanted), "file")
    if receipt is None or receipt.job.job_id != job.job_id:
        if receipt is not None and not facts.receipt_is_same_work:
            what = words.field_changes(changes.of_inputs(facts, receipt))
            return Reason("download_because_inputs_changed", f"inputs changed: {what}; {by}")
        if receipt is not None:
            return Reason("download_because_newer_job", f"{by} replaces job {words.short(receipt.job.job_id)}")
        return Reason("download_because_missing", f"{by}, {total} to download")
    if receipt.status is ReceiptStatus.DELIVERING:
        return Reason("download_because_interrupted", f"{by}, an earlier delivery was interrupted")
    if facts.destination.damaged:
        return Reason("download_because_damaged", f"{by}, checksum differs")
    whole = {
        (asset.item_id, asset.key)
        for asset in receipt.assets
        if asset.delivered is not None and asset.delivered.file not in facts.destination.broken_files
    }
    missing = sum(1 for item_id, asset in wanted if (item_id, asset.key) not in whole)
    if not missing:
        return Reason("download_because_renamed", f"{by}, delivery.name changed")
    return Reason("download_because_missing", f"{by}, {missing} of {total} missing")
