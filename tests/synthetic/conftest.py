"""Invented systems for these tests: `small` as users make it, and a larger one for rates."""

from __future__ import annotations

import duckdb
import pytest
from invented import DISTRICT, System

from commonweal.synthetic.generate import generate
from commonweal.synthetic.settings import SIZES, Settings


@pytest.fixture(scope="session")
def small(tmp_path_factory) -> System:
    folder = tmp_path_factory.mktemp("small") / "out"
    return System(folder, generate(Settings(SIZES["small"], 5), folder), duckdb.connect())


@pytest.fixture(scope="session")
def district(tmp_path_factory) -> System:
    folder = tmp_path_factory.mktemp("district") / "out"
    return System(folder, generate(Settings(DISTRICT, 5), folder), duckdb.connect())
