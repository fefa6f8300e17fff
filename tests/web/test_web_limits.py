"""Limits on attempts hold across the processes of the site (on PostgreSQL: `test_web_postgres.py`)."""

from __future__ import annotations

from limits_shared import processes_count_together


def test_processes_count_attempts_together(tmp_path):
    processes_count_together(tmp_path)
