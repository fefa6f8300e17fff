"""Codelists: pins, checks, versions, and what a site adds."""

import csv
import re
import string
from pathlib import Path

import pytest

from commonweal.definitions import codelists
from commonweal.definitions.codelists import library, usage
from commonweal.definitions.codelists.checks import check_code, check_codes, verhoeff_valid
from commonweal.definitions.codelists.importing import Header, import_list, read_rows
from commonweal.definitions.registry import registry
from commonweal.errors import BadInput, NotReady

DATA = Path(__file__).parents[1] / "data" / "definitions"


@pytest.fixture
def site(tmp_path, monkeypatch):
    """An organisation's own folder of lists, empty."""
    folder = tmp_path / "lists"
    folder.mkdir()
    monkeypatch.setenv("COMMONWEAL_CODELISTS", str(folder))
    return folder


def _header(list_id="own_list", system="snomed", version="1"):
    return Header(list_id, "Own list", system, version, "the test", "none")


# --- what ships -----------------------------------------------------------------------------------------------------


def test_every_list_that_ships_is_pinned_with_its_hash_and_passes_its_checks():
    pins = library.read_pins(library.PACKAGED)
    assert sorted(pins) == sorted(path.name for path in library.PACKAGED.iterdir() if path.is_dir())
    for list_id, (version, sha256) in pins.items():
        codelist = codelists.load(list_id)
        assert (codelist.version, codelist.sha256) == (version, sha256)
        assert codelist.id == list_id and codelist.source and codelist.licence and codelist.codes
        assert check_codes(codelist.system, codelist.codes) == []


def test_every_list_that_a_definition_uses_is_held_or_named_as_missing():
    for definition in registry().values():
        absent = {one for one in definition.codelists() if not codelists.exists(one)}
        assert absent <= set(definition.missing_codelists), definition.id


def test_medicine_lists_hold_the_products_that_are_dispensed_most():
    """A product is given a new dm+d code from time to time: a list that was published earlier then matches nobody.

    The three products of each class with the most items in England in 2025 (Prescription Cost Analysis).
    """
    with (DATA / "most_dispensed_2025.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert len({row["codelist"] for row in rows}) >= 20
    missed = [row for row in rows if row["code"] not in codelists.load(row["codelist"]).codes]
    assert missed == []


def test_what_is_not_computable_names_a_list_that_is_in_the_table_of_gaps():
    gaps = {
        name
        for gap in csv.DictReader((Path(__file__).parents[2] / "docs" / "definitions-gaps.csv").open(encoding="utf-8"))
        for name in gap["missing_set"].lower().split("; ")
    }
    for definition in registry().values():
        assert set(definition.missing_codelists) <= gaps, definition.id


# --- check digits and formats -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["2363", "123451", "1428570"])
def test_verhoeff_agrees_with_published_examples(number):
    assert verhoeff_valid(number)


def test_verhoeff_finds_every_single_wrong_digit_and_every_swap_of_neighbours():
    number = "38341003"
    assert verhoeff_valid(number)
    for place, right in enumerate(number):
        for digit in string.digits:
            if digit != right:
                assert not verhoeff_valid(number[:place] + digit + number[place + 1 :])
    for place in range(len(number) - 1):
        a, b = number[place], number[place + 1]
        if a != b:
            assert not verhoeff_valid(number[:place] + b + a + number[place + 2 :])


@pytest.mark.parametrize(
    ("system", "code", "rule"),
    [
        ("snomed", "1.0492E+15", "spreadsheet"),
        ("snomed", "999791000000106.0", "spreadsheet"),
        ("dmd", "21919311000001100", "spreadsheet"),  # rounded by a spreadsheet: the true code ends otherwise
        ("dmd", "10139111000001104", "check digit"),
        ("snomed", "38341004", "check digit"),
        ("snomed", "1234", "format"),
        ("snomed", " 38341003", "spaces"),
        ("icd10", "I1O", "format"),
        ("icd10", "E11.9", "format"),
        ("opcs4", "X9", "format"),
    ],
)
def test_a_code_that_is_wrong_is_named_with_the_reason(system, code, rule):
    assert check_code(system, code).rule == rule


@pytest.mark.parametrize(
    ("system", "code"), [("snomed", "38341003"), ("icd10", "I10X"), ("icd10", "E119"), ("opcs4", "X091")]
)
def test_a_right_code_passes(system, code):
    assert check_code(system, code) is None


# --- loading ---------------------------------------------------------------------------------------------------------


def test_an_unknown_list_names_the_nearest_and_the_command_that_supplies_it():
    with pytest.raises(NotReady) as caught:
        codelists.load("afib_codd")
    assert "afib_cod" in caught.value.remedy and "codelist import" in caught.value.remedy


def test_one_code_of_a_list_covers_what_is_below_it_and_nothing_else():
    one = codelists.load("hospital_frailty_risk_score_icd10#F00")
    assert one.covers("icd10", "F001") and not one.covers("icd10", "F01")
    assert one.attributes["F00"]["points"] == "7.1"
    with pytest.raises(NotReady):
        codelists.load("hospital_frailty_risk_score_icd10#A00")


def test_medicines_match_under_either_name_of_their_system():
    code = next(iter(codelists.load("statin").codes))
    assert codelists.load("statin").covers("snomed", code) and codelists.load("statin").covers("dmd", code)
    assert not codelists.load("statin").covers("icd10", code)


def test_a_changed_codes_file_is_refused(site):
    import_list([{"code": "38341003", "term": "a"}], _header(), folder=site)
    assert codelists.load("own_list").codes == {"38341003"}
    (site / "own_list" / "1" / "codes.csv").write_text("code,term\n59621000,b\n")
    library.read.cache_clear()
    with pytest.raises(BadInput, match="not the one that was pinned"):
        codelists.load("own_list")


def test_the_organisations_list_wins_and_makes_a_definition_computable(site):
    before = codelists.load("afib_cod").codes
    import_list(
        [{"code": "49436004", "term": "Atrial fibrillation"}], _header("afib_cod", version="local"), folder=site
    )
    assert codelists.load("afib_cod").codes == {"49436004"} != before
    assert codelists.load("afib_cod", "20200812").codes == before


def test_within_a_block_another_version_is_used(site):
    done = import_list(
        [{"code": "49436004", "term": ""}], _header("afib_cod", version="what-if"), folder=site, pin=False
    )
    with codelists.using(done.codelist):
        assert codelists.load("afib_cod").version == "what-if"
    assert codelists.load("afib_cod").version == "20200812"


# --- importing and comparing ----------------------------------------------------------------------------------------


def test_import_trims_drops_duplicates_and_refuses_wrong_codes(site, tmp_path):
    source = tmp_path / "file.csv"
    source.write_text("Code,Term\n 38341003 ,Hypertension\n38341003,again\n38341004,wrong\n")
    done = import_list(read_rows(source), _header(), folder=site)
    assert done.codelist.codes == {"38341003"}
    assert [problem.code for problem in done.dropped] == ["38341004"]
    assert (done.removed_spaces, done.duplicates) == (1, 1)


def test_import_takes_the_dot_out_of_a_classification(site):
    done = import_list([{"code": "e11.9", "term": ""}], _header(system="icd10"), folder=site)
    assert done.codelist.codes == {"E119"} and done.codelist.match == "prefix"


def test_a_version_cannot_be_written_over_with_other_codes(site):
    import_list([{"code": "38341003", "term": ""}], _header(), folder=site)
    with pytest.raises(BadInput, match="already held"):
        import_list([{"code": "59621000", "term": ""}], _header(), folder=site)


def test_comparing_says_who_joins_and_who_leaves(site):
    first = import_list(
        [{"code": "38341003", "term": "a"}, {"code": "59621000", "term": "b"}], _header(), folder=site
    ).codelist
    second = import_list(
        [{"code": "59621000", "term": "b"}, {"code": "49436004", "term": "c"}], _header(version="2"), folder=site
    ).codelist
    found = codelists.compare(first, second)
    assert (found.joining, found.leaving, found.staying) == ((("49436004", "c"),), (("38341003", "a"),), 1)
    with pytest.raises(BadInput):
        codelists.compare(first, codelists.load("heart_failure_icd10"))


# --- lists against their published source -----------------------------------------------------------------------------


def test_the_ambulatory_care_prefixes_cover_what_the_published_patterns_match():
    """The list ships patterns; ours are prefixes. They must agree on every possible three and four character code."""
    space = [
        f"{letter}{a}{b}{c}"
        for letter in string.ascii_uppercase
        for a in range(10)
        for b in range(10)
        for c in (*range(10), "X")
    ]
    for line in csv.DictReader((DATA / "acs_conditions_nhs_institute_19_icd10.csv").open(encoding="utf-8-sig")):
        name = "acs_" + re.sub(r"[^a-z0-9]+", "_", line["condition"].lower()).strip("_") + "_icd10"
        codelist, pattern = codelists.load(name), re.compile(line["icd10_regex_no_dot"])
        # A pattern with the filler X names a category that has no fourth character.
        filler = {
            code[:3] for code in space if code.endswith("X") and pattern.match(code) and not pattern.match(code[:3])
        }
        for code in space:
            assert codelist.covers("icd10", code) == bool(pattern.match(code)) or code[:3] in filler, (name, code)


def test_the_hospital_frailty_list_holds_the_109_published_codes_and_their_points():
    published = {
        line["icd10_3char"]: float(line["points"])
        for line in csv.DictReader((DATA / "hospital_frailty_risk_score_icd10_points.csv").open(encoding="utf-8-sig"))
    }
    held = {
        code: float(points)
        for code, points in codelists.load("hospital_frailty_risk_score_icd10").with_attribute("points").items()
    }
    assert held == published and len(held) == 109 and round(sum(held.values()), 1) == 173.2


# --- what an analyst asks ---------------------------------------------------------------------------------------------


def test_a_held_version_can_be_pinned_here_and_an_unknown_one_says_what_is_held(site):
    before = codelists.load("valproate")
    library.pin("valproate", "339a925c")
    assert codelists.load("valproate").version == "339a925c" != before.version
    assert "valproate" in library.read_pins(site)
    with pytest.raises(NotReady, match="not held") as caught:
        library.pin("valproate", "1999")
    assert "339a925c" in caught.value.remedy


def test_a_code_with_the_name_of_a_member_is_shown_beside_its_list_and_still_matches_nobody():
    unlisted = [
        usage.SeenCode("dmd", "999999999999", "Sodium valproate 500mg modified-release tablets (Some Supplier Ltd)", 7),
        usage.SeenCode("dmd", "999999999998", "Something else 5mg tablets", 9),
        usage.SeenCode("snomed", "999999999997", "", 11),
    ]
    found = usage.namesakes(unlisted)
    assert [one.code for one in found] == ["999999999999"]
    assert {"antiepileptic", "valproate"} <= set(found[0].lists)
    assert not codelists.load("valproate").covers("dmd", "999999999999")
