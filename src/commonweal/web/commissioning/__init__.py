"""Intentions, targets, impact, procurement, engagement and papers: state and screens over `commonweal.commissioning`."""
