"""Registers of the heart, the vessels, the kidneys and what leads to them."""

from __future__ import annotations

from commonweal.definitions.content.common import QOF, REVIEW, coded, diagnosed, first_diagnosed_on, supplied
from commonweal.definitions.content.worked import born_for, standard
from commonweal.definitions.declarations import Register, Source, WorkedPatient, row
from commonweal.definitions.vocabulary import event, is_member, person

atrial_fibrillation = Register(
    id="atrial_fibrillation", title="Atrial fibrillation", source=QOF, **REVIEW,
    why_it_matters="Untreated atrial fibrillation multiplies the risk of stroke; anticoagulants prevent most of it.",
    logic=diagnosed("afib_cod", resolved=supplied("afibres_cod")),
    notes="AFIBRES_COD is not public: without it nobody leaves the register when the condition resolves.",
    tags=("qof", "cardiovascular"), worked_patients=standard("afib_cod"),
)  # fmt: skip

coronary_heart_disease = Register(
    id="coronary_heart_disease", title="Coronary heart disease", source=QOF, **REVIEW,
    why_it_matters="Secondary prevention (statin, blood pressure, antiplatelet) prevents further heart attacks.",
    logic=coded("chd_cod"), notes="Lifelong: no code takes a person off.",
    tags=("qof", "cardiovascular"), worked_patients=standard("chd_cod"),
)  # fmt: skip

heart_failure = Register(
    id="heart_failure", title="Heart failure", source=QOF, **REVIEW,
    why_it_matters="A leading cause of emergency admission; four-pillar therapy and review prevent many.",
    logic=diagnosed("hf_cod", resolved=("hfres_cod",)),
    tags=("qof", "cardiovascular"), worked_patients=standard("hf_cod", resolved="hfres_cod"),
)  # fmt: skip

heart_failure_reduced = Register(
    id="heart_failure_reduced", title="Heart failure with left ventricular systolic dysfunction", source=QOF, **REVIEW,
    why_it_matters="Those for whom ACE inhibitors, beta blockers and the other two pillars have proven benefit.",
    logic=is_member("heart_failure") & coded("hflvsd_cod", *supplied("redejcfrac_cod")),
    notes="REDEJCFRAC_COD is not public: people coded only as reduced ejection fraction are missed.",
    tags=("qof", "cardiovascular"),
    worked_patients=standard("hf_cod", resolved="hfres_cod", also=(row("event", "2015-03-02", "hflvsd_cod"),))[:1]
    + standard("hf_cod", also=(row("event", "2015-03-02", "hflvsd_cod"),))[-1:]
    + (
        WorkedPatient("out: neither code", False),
        WorkedPatient("no date: the diagnosis has no date", False,
            (row("event", "", "hf_cod"), row("event", "2015-03-02", "hflvsd_cod"))),
        WorkedPatient("resolved: heart failure resolved", False,
            (row("event", "2015-03-02", "hf_cod"), row("event", "2015-03-02", "hflvsd_cod"),
                row("event", "2018-01-01", "hfres_cod"))),
        WorkedPatient("diagnosed again: after it was resolved", True,
            (row("event", "2015-03-02", "hf_cod"), row("event", "2015-03-02", "hflvsd_cod"),
                row("event", "2018-01-01", "hfres_cod"), row("event", "2020-01-01", "hf_cod"))),
    ),
)  # fmt: skip

hypertension = Register(
    id="hypertension", title="Hypertension", source=QOF, **REVIEW,
    why_it_matters="The commonest cause of preventable stroke, heart and kidney disease; half are not controlled.",
    logic=(person.age >= 18) & diagnosed("hyp_cod", resolved=("hypres_cod",)),
    notes="Runs on Synthea as it stands: its condition code is in HYP_COD.",
    tags=("qof", "cardiovascular"), worked_patients=standard("hyp_cod", resolved="hypres_cod", from_age=18),
)  # fmt: skip

stroke = Register(
    id="stroke", title="Stroke", source=QOF, **REVIEW,
    why_it_matters="Survivors need rehabilitation, prevention of another stroke, and often social care.",
    logic=coded("strk_cod"), tags=("cardiovascular",), worked_patients=standard("strk_cod"),
)  # fmt: skip

transient_ischaemic_attack = Register(
    id="transient_ischaemic_attack", title="Transient ischaemic attack", source=QOF, **REVIEW,
    why_it_matters="The risk of stroke is highest in the days after.",
    logic=coded("tia_cod"), tags=("cardiovascular",), worked_patients=standard("tia_cod"),
)  # fmt: skip

stroke_or_tia = Register(
    id="stroke_or_tia", title="Stroke or transient ischaemic attack", source=QOF, **REVIEW,
    why_it_matters="One register for secondary prevention.",
    logic=coded("strk_cod", "tia_cod", *supplied("stia_cod")),
    tags=("qof", "cardiovascular"),
    worked_patients=(*standard("strk_cod"), WorkedPatient("in: TIA alone", True,
            (row("event", "2020-05-05", "tia_cod"),))),
)  # fmt: skip

peripheral_arterial_disease = Register(
    id="peripheral_arterial_disease", title="Peripheral arterial disease", source=QOF, **REVIEW,
    why_it_matters="Marks disease of all arteries: prevention is the same as after a heart attack.",
    logic=coded("pad_cod"), tags=("qof", "cardiovascular"), worked_patients=standard("pad_cod"),
)  # fmt: skip

cardiovascular_disease = Register(
    id="cardiovascular_disease", title="Cardiovascular disease (coronary, stroke or TIA, peripheral arterial)",
    source=QOF, **REVIEW,
    why_it_matters="The population for lipid lowering and blood pressure control after an event.",
    logic=is_member("coronary_heart_disease") | is_member("stroke_or_tia") | is_member("peripheral_arterial_disease"),
    tags=("cardiovascular",),
    worked_patients=(
        *standard("chd_cod"),
        WorkedPatient("in: stroke", True, (row("event", "2019-02-02", "strk_cod"),)),
        WorkedPatient("in: peripheral arterial disease", True, (row("event", "2019-02-02", "pad_cod"),)),
    ),
)  # fmt: skip

abdominal_aortic_aneurysm = Register(
    id="abdominal_aortic_aneurysm", title="Abdominal aortic aneurysm", source=QOF, **REVIEW,
    why_it_matters="Rupture is usually fatal; surveillance and risk reduction prevent it.",
    logic=coded("aaa_cod"), tags=("cardiovascular",), worked_patients=standard("aaa_cod"),
)  # fmt: skip

chronic_kidney_disease = Register(
    id="chronic_kidney_disease", title="Chronic kidney disease, stages 3 to 5", source=QOF, **REVIEW,
    why_it_matters="Early treatment slows loss of kidney function and prevents heart disease and dialysis.",
    logic=(person.age >= 18) & diagnosed("ckd_cod", resolved=("ckdres_cod", "ckd1and2_cod")),
    notes="A later code of stage 1 or 2, or of resolution, takes the person off.",
    tags=("qof", "renal"),
    worked_patients=(
        *standard("ckd_cod", resolved="ckdres_cod", from_age=18),
        WorkedPatient("resolved: later stage 1 or 2", False,
            (row("event", "2015-01-01", "ckd_cod"), row("event", "2019-01-01", "ckd1and2_cod"))),
    ),
)  # fmt: skip

dialysis_or_transplant = Register(
    id="dialysis_or_transplant", title="Renal dialysis or transplant", source=QOF, **REVIEW,
    why_it_matters="Small in number, very high in need and cost.",
    logic=coded("dialysis_cod", "renaltransp_cod"), tags=("renal",), worked_patients=standard("dialysis_cod"),
    notes="Includes dialysis that has ended: no code in the sets says so.",
)  # fmt: skip

diabetes = Register(
    id="diabetes", title="Diabetes", source=QOF, **REVIEW,
    why_it_matters="Eight yearly checks and good control prevent blindness, amputation, heart and kidney disease.",
    logic=(person.age >= 17) & diagnosed("dm_cod", resolved=("dmres_cod",)),
    tags=("qof", "diabetes"), worked_patients=standard("dm_cod", resolved="dmres_cod", from_age=17),
)  # fmt: skip

_ACTIVE_DIABETES = diagnosed("dm_cod", resolved=("dmres_cod",))
_TYPE_1 = event.coded("dmtype1_cod").latest().date
_TYPE_2 = event.coded("dmtype2_cod").latest().date

diabetes_type_1 = Register(
    id="diabetes_type_1", title="Type 1 diabetes", source=QOF, **REVIEW,
    why_it_matters="Insulin from the start; technology and education differ from type 2.",
    logic=(person.age >= 17) & _ACTIVE_DIABETES & _TYPE_1.is_known() & (_TYPE_2.is_missing() | (_TYPE_1 >= _TYPE_2)),
    notes="Where both types are coded the later one counts; on one day, type 1.",
    tags=("diabetes",),
    worked_patients=(
        WorkedPatient("in: type 1", True, (row("event", "2010-01-01", "dmtype1_cod"),
                row("event", "2010-01-01", "dm_cod"))),
        WorkedPatient("out: type 2", False, (row("event", "2010-01-01", "dmtype2_cod"),
                row("event", "2010-01-01", "dm_cod"))),
        WorkedPatient("out: first type 1, then type 2", False,
            (row("event", "2010-01-01", "dmtype1_cod"), row("event", "2010-01-01", "dm_cod"),
                row("event", "2012-01-01", "dmtype2_cod"))),
        WorkedPatient("resolved: diabetes resolved", False,
            (row("event", "2010-01-01", "dmtype1_cod"), row("event", "2010-01-01", "dm_cod"),
                row("event", "2012-01-01", "dmres_cod"))),
        WorkedPatient("diagnosed again: after it was resolved", True,
            (row("event", "2010-01-01", "dmtype1_cod"), row("event", "2010-01-01", "dm_cod"),
                row("event", "2012-01-01", "dmres_cod"), row("event", "2014-01-01", "dm_cod"))),
        WorkedPatient("under age: 17 tomorrow", False,
            (row("event", "2020-01-01", "dmtype1_cod"), row("event", "2020-01-01", "dm_cod")),
            born=born_for(17, days_short=1)),
        WorkedPatient("no date: the diagnosis has no date", False,
            (row("event", "", "dmtype1_cod"), row("event", "", "dm_cod"))),
    ),
)  # fmt: skip

diabetes_type_2 = Register(
    id="diabetes_type_2", title="Type 2 diabetes", source=QOF, **REVIEW,
    why_it_matters="Most diabetes; weight loss can bring remission.",
    logic=(person.age >= 17) & _ACTIVE_DIABETES & _TYPE_2.is_known() & (_TYPE_1.is_missing() | (_TYPE_2 > _TYPE_1)),
    notes="Where both types are coded the later one counts; on one day, type 1.",
    tags=("diabetes",),
    worked_patients=(
        WorkedPatient("in: type 2", True, (row("event", "2010-01-01", "dmtype2_cod"),
                row("event", "2010-01-01", "dm_cod"))),
        WorkedPatient("out: type 1", False, (row("event", "2010-01-01", "dmtype1_cod"),
                row("event", "2010-01-01", "dm_cod"))),
        WorkedPatient("resolved: diabetes resolved", False,
            (row("event", "2010-01-01", "dmtype2_cod"), row("event", "2010-01-01", "dm_cod"),
                row("event", "2012-01-01", "dmres_cod"))),
        WorkedPatient("diagnosed again: after it was resolved", True,
            (row("event", "2010-01-01", "dmtype2_cod"), row("event", "2010-01-01", "dm_cod"),
                row("event", "2012-01-01", "dmres_cod"), row("event", "2014-01-01", "dmtype2_cod"),
                row("event", "2014-01-01", "dm_cod"))),
        WorkedPatient("under age: 17 tomorrow", False,
            (row("event", "2020-01-01", "dmtype2_cod"), row("event", "2020-01-01", "dm_cod")),
            born=born_for(17, days_short=1)),
        WorkedPatient("no date: the diagnosis has no date", False,
            (row("event", "", "dmtype2_cod"), row("event", "", "dm_cod"))),
    ),
)  # fmt: skip

diabetes_under_17 = Register(
    id="diabetes_under_17", title="Diabetes in children under 17",
    source=Source("Core20PLUS5 for children: diabetes", "2023"), **REVIEW,
    why_it_matters="Access to monitors and pumps differs by deprivation and ethnic group.",
    logic=(person.age < 17) & _ACTIVE_DIABETES, tags=("diabetes", "children"),
    worked_patients=standard("dm_cod", resolved="dmres_cod", to_age=16, born="2012-06-15"),
)  # fmt: skip

non_diabetic_hyperglycaemia = Register(
    id="non_diabetic_hyperglycaemia", title="Non-diabetic hyperglycaemia", source=QOF, **REVIEW,
    why_it_matters="One in ten goes on to diabetes each year; the prevention programme halves it.",
    logic=(person.age_at(first_diagnosed_on("ndh_cod", "prediabetes")) >= 18) & ~_ACTIVE_DIABETES,
    notes="IGT_COD and PRD_COD are not public: the OpenCodelists pre-diabetes list stands in for them.",
    tags=("qof", "diabetes"),
    worked_patients=(
        *standard("ndh_cod"),
        WorkedPatient("out: now diabetic", False, (row("event", "2015-03-02", "ndh_cod"),
                row("event", "2019-03-02", "dm_cod"))),
        WorkedPatient("in: diabetes resolved", True,
            (row("event", "2015-03-02", "ndh_cod"), row("event", "2019-03-02", "dm_cod"),
                row("event", "2022-03-02", "dmres_cod"))),
        WorkedPatient("diagnosed again: diabetes came back after it was resolved", False,
            (row("event", "2015-03-02", "ndh_cod"), row("event", "2019-03-02", "dm_cod"),
                row("event", "2022-03-02", "dmres_cod"), row("event", "2024-03-02", "dm_cod"))),
        WorkedPatient("resolved: the diabetes, so hyperglycaemia counts", True,
            (row("event", "2016-03-02", "prediabetes"), row("event", "2019-03-02", "dm_cod"),
                row("event", "2022-03-02", "dmres_cod"))),
        WorkedPatient("under age: 17 at first diagnosis", False, (row("event", "2015-03-02", "ndh_cod"),),
            born="1997-03-03"),
    ),
)  # fmt: skip

gestational_diabetes = Register(
    id="gestational_diabetes", title="Gestational diabetes, ever", source=QOF, **REVIEW,
    why_it_matters="Half develop type 2 diabetes: yearly HbA1c finds it early.",
    logic=coded("gestdiab_cod"), tags=("diabetes", "maternity"), worked_patients=standard("gestdiab_cod"),
)  # fmt: skip

familial_hypercholesterolaemia = Register(
    id="familial_hypercholesterolaemia", title="Familial hypercholesterolaemia", source=QOF, **REVIEW,
    why_it_matters="Most of those affected are not diagnosed; treatment from youth gives a normal lifespan.",
    logic=coded("fhyp_cod"), missing_codelists=("fhyp_cod",) if not supplied("fhyp_cod") else (),
    notes="FHYP_COD is not public.", tags=("cardiovascular",), worked_patients=standard("fhyp_cod"),
)  # fmt: skip
