"""Commonweal: open software for an integrated care system."""

__version__ = "0.1.0"
