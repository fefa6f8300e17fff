"""Planted effects are found and named; lines that only wobble are left alone."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date

import pytest

from commonweal.finance.anomalies import KnownScheme, Loaded, MonthSeries, findings
from commonweal.finance.calendar import calendar_days, month_after, working_days

FIRST = date(2023, 4, 1)
MONTHS = [month_after(FIRST, place) for place in range(24)]
CHANGE = MONTHS[16]


def line(provider, pod, seed, *, volume=1.0, price=1.0, noise=0.01, level=100, unit=2_000_00):
    """Activity follows the days of the month with noise; from CHANGE on it is multiplied by `volume`, its price by `price`."""
    drawn = random.Random(seed)
    days = calendar_days if pod == "NEL" else working_days
    activity, pence = {}, {}
    for month in MONTHS:
        after = month >= CHANGE
        activity[month] = round(level * days(month) * (volume if after else 1) * (1 + drawn.gauss(0, noise)))
        pence[month] = round(activity[month] * unit * (price if after else 1) * (1 + drawn.gauss(0, 0.002)))
    return MonthSeries(provider, pod, activity, pence)


def quiet(count, start=100):
    return [line(f"Q{n}", pod, start + n) for n in range(count) for pod in ("NEL", "EL")]


def test_a_price_change_is_found_and_valued():
    found = findings([*quiet(4), line("RYJ", "EL", 1, price=1.06)])
    assert [(item.kind, item.provider_code, item.pod, item.month) for item in found] == [
        ("price change", "RYJ", "EL", CHANGE)
    ]
    after = line("RYJ", "EL", 1).activity
    worth = sum(after[month] for month in MONTHS if month >= CHANGE) * 2_000_00 * 0.06
    assert found[0].pence == pytest.approx(worth, rel=0.1)
    assert "+6." in found[0].says or "+5.9" in found[0].says


def test_a_volume_change_is_found_and_is_no_price_change():
    found = findings([*quiet(4), line("RYJ", "NEL", 2, volume=1.12)])
    assert [(item.kind, item.provider_code, item.month) for item in found] == [("volume change", "RYJ", CHANGE)]
    assert "as the other providers move" in found[0].says
    alone = findings([line("RYJ", "NEL", 2, volume=1.12)])
    assert [(item.kind, item.month) for item in alone] == [("volume change", CHANGE)]
    assert "per calendar day" in alone[0].says


def test_referrals_that_rise_are_named_once_over_the_lines_that_they_move():
    """Twenty first attendances a month, in four points of delivery: none of them tells a doubling by itself, all of them do."""
    pods = ("OPFASPCL", "OPFASPNCL", "NF2FFA", "OPPROCFA")
    small = [line("RYJ", pod, 30 + n, volume=2.0, level=0.25, noise=0.35) for n, pod in enumerate(pods)]
    steady = [line("RYJ", pod, 40 + n, level=1) for n, pod in enumerate(("OPFUPSPCL", "OPPROCFUP"))]
    assert [(item.kind, item.pod, item.month) for item in findings([*small, *steady])] == [
        ("volume change", "First attendances", CHANGE)
    ]
    large = [line("RYJ", pod, 50 + n, volume=1.25, level=50) for n, pod in enumerate(pods)]
    assert [(item.kind, item.pod) for item in findings([*large, *steady])] == [("volume change", "First attendances")]
    alone = [line("RYJ", pod, 60 + n, volume=1.5 if n == 0 else 1, level=20) for n, pod in enumerate(pods)]
    assert {(item.kind, item.provider_code, item.month) for item in findings(alone)} == {
        ("volume change", "RYJ", CHANGE)
    }


def test_a_gap_is_a_gap_and_no_volume_change():
    gapped = line("RYJ", "NEL", 3)
    del gapped.activity[MONTHS[20]], gapped.pence[MONTHS[20]]
    zero = line("RQM", "EL", 4)
    zero.activity[MONTHS[23]] = zero.pence[MONTHS[23]] = 0
    found = findings([*quiet(3), gapped, zero])
    assert sorted((item.kind, item.provider_code, item.month) for item in found) == [
        ("feed gap", "RQM", MONTHS[23]),
        ("feed gap", "RYJ", MONTHS[20]),
    ]
    assert all(item.pence < 0 for item in found)


def test_a_feed_that_stops_before_the_last_month_is_a_gap():
    stopped = line("RYJ", "NEL", 5)
    del stopped.activity[MONTHS[23]], stopped.pence[MONTHS[23]]
    (found,) = findings([stopped], last_month=MONTHS[23])
    assert (found.kind, found.month) == ("feed gap", MONTHS[23])


def test_a_feed_sent_twice_is_named_and_a_resubmission_is_not():
    loads = [
        Loaded("RYJ", MONTHS[5], 7, 120, 9_000_00, "same"),
        Loaded("RYJ", MONTHS[5], 9, 120, 9_000_00, "same"),
        Loaded("RQM", MONTHS[5], 8, 120, 9_000_00, "first"),
        Loaded("RQM", MONTHS[5], 10, 121, 9_100_00, "corrected"),
    ]
    (found,) = findings(quiet(2), loads)
    assert (found.kind, found.provider_code, found.month, found.pence) == ("duplicate feed", "RYJ", MONTHS[5], 9_000_00)
    assert "files 7, 9" in found.says


def test_what_grows_all_the_time_did_not_step():
    """Follow-ups of the invented system grow month by month: at 200,000 people a step was named that nobody planted."""
    grown = []
    for place in range(5):
        held = line(f"G{place}", "OPFUPSPNCL", 40 + place)
        for at, month in enumerate(MONTHS):
            held.activity[month] = round(held.activity[month] * (1 + 0.02 * at))
            held.pence[month] = held.activity[month] * 100_00
        grown.append(held)
    assert [item for item in findings(grown) if item.kind == "volume change"] == []
    stepped = [line(f"S{place}", "OPFUPSPNCL", 60 + place, volume=1.2) for place in range(5)]
    assert {(item.kind, item.month) for item in findings(stepped)} >= {("volume change", CHANGE)}


def test_a_doubled_month_is_found_though_people_who_object_are_missing_from_the_record():
    held = line("RYJ", "AE", 3)
    held.activity[MONTHS[13]] *= 2
    held.pence[MONTHS[13]] *= 2
    once = {month: amount * (0.92 if month != MONTHS[13] else 0.46) for month, amount in held.activity.items()}
    doubled = replace(held, record=once)
    (found,) = [item for item in findings([doubled]) if item.kind == "duplicate feed"]
    assert (found.provider_code, found.month) == ("RYJ", MONTHS[13])
    assert abs(found.pence - held.pence[MONTHS[13]] / 2) <= 2
    steady = replace(line("RYJ", "AE", 3), record={m: 0.92 * v for m, v in line("RYJ", "AE", 3).activity.items()})
    assert not [item for item in findings([steady]) if item.kind == "duplicate feed"]


def test_a_scheme_that_works_is_named_and_one_that_does_nothing_is_not():
    works = KnownScheme("s1", "Frailty at the front door", (("RYJ", "NEL"),), CHANGE)
    nothing = KnownScheme("s2", "Leaflets", (("RQM", "NEL"),), CHANGE)
    held = [*quiet(5), line("RYJ", "NEL", 6, volume=0.88), line("RQM", "NEL", 7)]
    found = findings(held, schemes=[works, nothing])
    assert [(item.kind, item.provider_code) for item in found] == [("scheme effect", "RYJ")]
    assert found[0].pence < 0
    assert found[0].says.startswith("Frailty at the front door: ")


def test_a_fall_that_everyone_shares_is_not_the_schemes():
    scheme = KnownScheme("s1", "Anything", (("RYJ", "NEL"),), CHANGE)
    held = [line(f"P{n}", "NEL", 20 + n, volume=0.85) for n in range(4)] + [line("RYJ", "NEL", 30, volume=0.85)]
    found = findings(held, schemes=[scheme])
    assert [(item.kind, item.provider_code, item.month) for item in found] == [
        ("volume change", "all providers", CHANGE)
    ]


@pytest.mark.parametrize("noise", [0.01, 0.04])
def test_quiet_lines_are_left_alone(noise):
    held = [line(f"Q{n}", pod, 1_000 + n, noise=noise) for n in range(60) for pod in ("NEL", "EL")]
    assert len(findings(held)) <= 1
