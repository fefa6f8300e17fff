"""What is written is what is declared, and every declared column stands in the feeds' own field lists."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet
import pytest
from invented import DISTRICT, slice_

from commonweal.synthetic.generate import generate
from commonweal.synthetic.layouts import layouts, reference_page
from commonweal.synthetic.settings import Settings

ANNEX = slice_("annex_columns.csv.gz")


@pytest.mark.parametrize("layout", layouts().values(), ids=lambda layout: layout.path)
def test_every_landed_column_stands_in_the_field_list(layout):
    assert set(layout.landed_header) <= ANNEX[layout.annex]


@pytest.mark.parametrize("layout", layouts().values(), ids=lambda layout: layout.path)
def test_added_columns_are_not_in_the_field_list(layout):
    assert not {column.name for column in layout.columns if column.added} & ANNEX[layout.annex]


@pytest.mark.parametrize("path", layouts())
def test_the_file_has_exactly_the_declared_columns(small, path):
    with gzip.open(small.folder / f"{path}.csv.gz", "rt", encoding="utf-8") as file:
        header = file.readline().rstrip("\n")
    assert header.split(",") == list(layouts()[path].header)


def test_the_pseudonymised_form_has_the_landed_columns_and_no_identifier(tmp_path):
    size = replace(DISTRICT, people=1_500, pseudonymised=True)
    summary = generate(Settings(size, 2), tmp_path / "out")
    written = {path for path in summary["rows"] if path in layouts()}
    assert {"olids/PATIENT", "sus_apc/spell", "csds/CYP001MPI", "pds/PDS_Person"} <= written
    for path in written:
        part = next((tmp_path / "out").glob(f"{path}.part-*.parquet"))
        table = pyarrow.parquet.read_table(part)
        assert tuple(table.column_names) == layouts()[path].landed_header
        for name in table.column_names:
            text = table[name].cast("string").to_pylist()
            assert not any(value and len(value) == 10 and value.startswith("999") for value in text), name


def test_the_reference_page_is_current():
    page = Path(__file__).parents[2] / "docs" / "reference" / "national-layouts.md"
    assert page.read_text(encoding="utf-8") == reference_page()


def test_everything_says_invented(small):
    assert "invented" in (small.folder / "README.md").read_text().lower()
    assert (small.folder / "INVENTED").exists()
    assert "invented: true" in (small.folder / "site.yaml").read_text()
