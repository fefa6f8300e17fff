"""Flags: a check that is due and has not been done."""

from __future__ import annotations

from commonweal.definitions.content.common import NDA, QOF, REVIEW
from commonweal.definitions.content.features import blood_pressure, hba1c_taken
from commonweal.definitions.declarations import Flag, WorkedPatient, row
from commonweal.definitions.vocabulary import coalesce, is_member

NEVER = 36_500
"""Days that stand for "never recorded" when people are put in order: a hundred years."""

diabetes_hba1c_overdue = Flag(
    id="diabetes_hba1c_overdue", title="Diabetes: HbA1c overdue", source=NDA, **REVIEW,
    why_it_matters="Without an HbA1c nobody knows whether treatment works; those not tested have the worst outcomes.",
    logic=is_member("diabetes") & hba1c_taken.in_last(months=12).none() & ~is_member("palliative_care"),
    order_by=coalesce(hba1c_taken.days_since(), NEVER),
    suggested_action="Invite for HbA1c with the rest of the yearly bloods; offer a home or early-morning slot to "
        "those who missed two.",
    who_acts="Practice nurse or healthcare assistant",
    capacity_hint="About 10 invitations a week per 1,000 people with diabetes",
    harm_note="Repeated letters do not reach people who cannot attend: after two, telephone or visit.",
    notes="Counts HbA1c of any unit, SNOMED CT or the LOINC code that Synthea sends. People in palliative care are not called.",
    tags=("diabetes", "overdue"),
    worked_patients=(
        WorkedPatient("in: last test 13 months ago", True,
            (row("event", "2015-01-01", "dm_cod"), row("event", "2025-02-27", "ifcchbam_cod", value=55))),
        WorkedPatient("in: never tested", True, (row("event", "2015-01-01", "dm_cod"),)),
        WorkedPatient("out: tested last month", False,
            (row("event", "2015-01-01", "dm_cod"), row("event", "2026-02-27", "ifcchbam_cod", value=55))),
        WorkedPatient("out: tested, value not recorded", False,
            (row("event", "2015-01-01", "dm_cod"), row("event", "2026-02-27", "hba1c_test"))),
        WorkedPatient("in: tested 12 months ago to the day", True,
            (row("event", "2015-01-01", "dm_cod"), row("event", "2025-03-31", "ifcchbam_cod", value=55))),
        WorkedPatient("out: tested a day within 12 months", False,
            (row("event", "2015-01-01", "dm_cod"), row("event", "2025-04-01", "ifcchbam_cod", value=55))),
        WorkedPatient("out: no diabetes", False),
        WorkedPatient("out: palliative care", False, (row("event", "2015-01-01", "dm_cod"), row("event", "2025-06-01", "palcare_cod"))),
        WorkedPatient("resolved: palliative care no longer indicated", True,
            (row("event", "2015-01-01", "dm_cod"), row("event", "2025-06-01", "palcare_cod"), row("event", "2025-09-01", "palcareni_cod"))),
        WorkedPatient("resolved: diabetes resolved", False,
            (row("event", "2015-01-01", "dm_cod"), row("event", "2020-01-01", "dmres_cod"))),
        WorkedPatient("diagnosed again: after it was resolved", True,
            (row("event", "2015-01-01", "dm_cod"), row("event", "2020-01-01", "dmres_cod"),
                row("event", "2022-01-01", "dm_cod"))),
        WorkedPatient("under age: 17 tomorrow", False, (row("event", "2015-01-01", "dm_cod"),), born="2009-04-01"),
        WorkedPatient("no date: the test has no date", True,
            (row("event", "2015-01-01", "dm_cod"), row("event", "", "ifcchbam_cod", value=55))),
    ),
)  # fmt: skip

hypertension_bp_overdue = Flag(
    id="hypertension_bp_overdue", title="Hypertension: blood pressure overdue", source=QOF, **REVIEW,
    why_it_matters="A third of people with hypertension are not controlled; nobody can treat what is not measured.",
    logic=is_member("hypertension") & blood_pressure.in_last(months=12).none() & ~is_member("palliative_care"),
    order_by=coalesce(blood_pressure.days_since(), NEVER),
    suggested_action="Invite for a blood pressure check, at a pharmacy or by home readings where that is easier.",
    who_acts="Healthcare assistant or community pharmacy",
    capacity_hint="About 20 a week per 1,000 people with hypertension",
    harm_note="A single raised reading is not a reason to change treatment: confirm first.",
    notes="Runs on Synthea as it stands: condition in HYP_COD, readings in the LOINC lists. People in palliative care are not called.",
    tags=("cardiovascular", "overdue"),
    worked_patients=(
        WorkedPatient("in: last reading 14 months ago", True,
            (row("event", "2015-01-01", "hyp_cod"), row("event", "2025-01-20", "systolic_bp", value=150))),
        WorkedPatient("in: never measured", True, (row("event", "2015-01-01", "hyp_cod"),)),
        WorkedPatient("out: measured in February", False,
            (row("event", "2015-01-01", "hyp_cod"), row("event", "2026-02-20", "systolic_bp", value=150))),
        WorkedPatient("out: Synthea reading in February", False,
            (row("event", "2015-01-01", "hyp_cod"), row("event", "2026-02-20", "systolic_bp_loinc", value=150))),
        WorkedPatient("in: measured 12 months ago to the day", True,
            (row("event", "2015-01-01", "hyp_cod"), row("event", "2025-03-31", "systolic_bp", value=150))),
        WorkedPatient("out: measured a day within 12 months", False,
            (row("event", "2015-01-01", "hyp_cod"), row("event", "2025-04-01", "systolic_bp", value=150))),
        WorkedPatient("out: no hypertension", False),
        WorkedPatient("out: palliative care", False, (row("event", "2015-01-01", "hyp_cod"), row("event", "2025-06-01", "palcare_cod"))),
        WorkedPatient("resolved: palliative care no longer indicated", True,
            (row("event", "2015-01-01", "hyp_cod"), row("event", "2025-06-01", "palcare_cod"), row("event", "2025-09-01", "palcareni_cod"))),
        WorkedPatient("resolved: hypertension resolved", False,
            (row("event", "2015-01-01", "hyp_cod"), row("event", "2020-01-01", "hypres_cod"))),
        WorkedPatient("diagnosed again: after it was resolved", True,
            (row("event", "2015-01-01", "hyp_cod"), row("event", "2020-01-01", "hypres_cod"),
                row("event", "2022-01-01", "hyp_cod"))),
        WorkedPatient("under age: 18 tomorrow", False, (row("event", "2015-01-01", "hyp_cod"),), born="2008-04-01"),
        WorkedPatient("no date: the reading has no date", True,
            (row("event", "2015-01-01", "hyp_cod"), row("event", "", "systolic_bp", value=150))),
    ),
)  # fmt: skip
