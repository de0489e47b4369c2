"""Where one output stands, for people and programs that only look."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StatusRow:
    """One output in `reconciler status`.

    Attributes:
        state: one word, an open vocabulary (`complete`, `pending`, `missing`, …).
        detail: one clause that says more; "" where the state says it all.
        job_id, job_status: the job that counts; None without one. The status is the service's word.
        credits: what that job holds or was charged; None where not known.
        destination: absolute path or URL.
        files_delivered: how many files lie whole at the destination.
        files_total: how many belong there; None while nobody knows (no receipt, no results).
    """

    output: str
    process_id: str
    state: str
    destination: str
    detail: str = ""
    job_id: str | None = None
    job_status: str | None = None
    credits: int | None = None
    files_delivered: int = 0
    files_total: int | None = None
