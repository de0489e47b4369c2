"""Commands: parse, call the workflow, show, return an exit code."""
