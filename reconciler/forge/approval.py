"""Which plan a merge has approved: the one that the pull request's comment showed."""

from dataclasses import dataclass

from reconciler.errors import UsageError
from reconciler.forge.github import GitHub, PullRequest
from reconciler.forge.marker import Marker, ours

#: What the artifact of a plan's file is called, before the hex digits of its digest: `:` is not allowed in names.
_ARTIFACT_PREFIX = "reconciler-plan-"


@dataclass(frozen=True, slots=True)
class Approved:
    """What was found.

    Attributes:
        pull_request: None where the commit was not merged by one.
        marker: of the newest plan among its comments; None where none is ours.
        run_id: of the workflow run that keeps the plan's file as an artifact; None where none does any more.
    """

    pull_request: PullRequest | None = None
    marker: Marker | None = None
    run_id: int | None = None

    @property
    def outdated(self) -> bool:
        """Whether the plan is of another commit than the one that was merged, as far as both are known."""
        planned = None if self.marker is None else self.marker.commit
        merged = None if self.pull_request is None else self.pull_request.head_commit
        return planned is not None and merged is not None and planned != merged


def artifact_name(digest: str) -> str:
    """What the artifact with a plan's file is called; `digest` is `sha256:` and hex digits."""
    return _ARTIFACT_PREFIX + digest.removeprefix("sha256:")


async def approved(github: GitHub, author: str, *, commit: str | None, number: int | None, key: str | None) -> Approved:
    """The plan that a pull request's comment shows: of pull request `number`, else of the one that `commit` merged.

    Only comments of `author` count, so nobody approves a plan by quoting a marker.

    Raises:
        UsageError: several plans are shown and no `key` chooses one, or there is nothing to look for.
        ServiceError: as `GitHub`.
    """
    pull_request = await _pull_request(github, commit, number)
    if pull_request is None:
        return Approved()
    marker = _chosen([marker for _, marker in ours(await github.comments(pull_request.number), author)], key)
    if marker is None:
        return Approved(pull_request)
    return Approved(pull_request, marker, await github.run_with_artifact(artifact_name(marker.plan)))


async def _pull_request(github: GitHub, commit: str | None, number: int | None) -> PullRequest | None:
    if number is not None:
        return await github.pull_request(number)
    if commit is None:
        raise UsageError("Nothing says which pull request is meant.", hint="Name it: --pr N, or --commit SHA.")
    found = await github.pull_requests_of(commit)
    # A commit belongs to every pull request that holds it; it is the merge of one.
    return next((one for one in found if one.merged and one.merge_commit == commit), None)


def _chosen(markers: list[Marker], key: str | None) -> Marker | None:
    keys = sorted({marker.key for marker in markers})
    if key is None and len(keys) > 1:
        raise UsageError(
            f"The pull request shows {len(keys)} plans.", hint=f"Choose one by --key: {', '.join(keys[:10])}"
        )
    wanted = [marker for marker in markers if key in (None, marker.key)]
    return max(wanted, key=lambda marker: marker.valid_at, default=None)
