"""A plan as the text of a comment or summary page."""

import os

from reconciler.model.plan import Plan
from reconciler.views import human

#: What a comment may hold, in characters and in UTF-8 bytes (GitHub refuses more than 65,536).
COMMENT_LIMIT = 60_000


def comment(made: Plan, digest: str) -> str:
    """The comment about a plan with this digest; its marker tells those of several trees and workspaces apart."""
    more = "in the job summary" if os.environ.get("GITHUB_STEP_SUMMARY") else ""
    return _markdown(made, digest, COMMENT_LIMIT, more)


def summary(made: Plan, digest: str, limit_characters: int) -> str:
    """The same for a summary page, which holds more."""
    return _markdown(made, digest, limit_characters, "")


def _markdown(made: Plan, digest: str, limit_characters: int, more: str) -> str:
    tree = " ".join(filter(None, (made.project, *made.source.paths)))
    return human.plan_markdown(
        made,
        key=f"{tree}@{made.workspace_id}",
        digest=digest,
        commit=made.source.commit,
        limit_characters=limit_characters,
        more=more,
    )
