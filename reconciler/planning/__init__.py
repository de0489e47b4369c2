"""Deciding: fingerprints, differences, actions, ceilings. Pure functions; no network, disk, clock or chance."""
