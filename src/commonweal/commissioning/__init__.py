"""Intentions, targets, provider impact, procurement routes, engagement, papers. Pure."""
