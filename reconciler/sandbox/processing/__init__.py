"""Processes and jobs: what is offered, what inputs have to be, and how a job gets on. It knows nothing of HTTP."""
