"""Faults on demand: what can go wrong, rules that say when, and what they do to an answer on its way."""
