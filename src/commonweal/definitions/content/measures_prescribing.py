"""Published prescribing measures (OpenPrescribing) that issues in a GP record can carry: shares of items, and items per person.

An item is an issue recorded by the practice, not a prescription dispensed and paid for: the published figures count the latter.
"""

from __future__ import annotations

from dataclasses import dataclass

from commonweal.definitions.content.common import REVIEW
from commonweal.definitions.content.measures_activity import LONG_AGO, rate
from commonweal.definitions.declarations import ActivityMeasure, Measure, Source, WorkedPatient, row
from commonweal.definitions.vocabulary import coalesce, medication, more_than

ISSUED = "2025-12-01"
TAGS = ("medicines", "prescribing")
COUNTED = (
    "Items are issues in the GP record in 12 months; the published measure counts items dispensed, by month. Products are chosen by "
    "name from those dispensed in 2025."
)


def published(measure: str) -> Source:
    """The measure of this name in the published definitions."""
    return Source(
        f"OpenPrescribing measure {measure}", "bennettoxford/openprescribing 5839302a0",
        f"https://openprescribing.net/measure/{measure}/",
    )  # fmt: skip


@dataclass(frozen=True)
class _Share:
    """A share of items: `numerator` list among `denominator` list; `other` is a code of the second alone."""

    name: str
    measure: str
    title: str
    why: str
    numerator: str
    denominator: str
    other: str


_SHARES = (
    _Share("antibiotics_broad_spectrum", "broad_spectrum", "Antibiotics by mouth: co-amoxiclav, cephalosporins and quinolones",
        "Broad-spectrum antibiotics breed resistance and Clostridioides difficile.",
        "antibiotic_broad_spectrum", "antibiotic_oral", "10060911000001107"),
    _Share("uti_trimethoprim", "trimethoprim", "Trimethoprim and nitrofurantoin: trimethoprim",
        "Resistance to trimethoprim is common; nitrofurantoin comes first where the kidneys allow it.",
        "trimethoprim", "trimethoprim_or_nitrofurantoin", "11015711000001106"),
    _Share("nsaid_non_preferred", "ktt13_nsaids_ibuprofen", "NSAIDs by mouth: other than ibuprofen and naproxen",
        "Diclofenac and the COX-2 inhibitors carry more risk to the heart.",
        "nsaid_not_preferred", "nsaid_oral", "10239611000001109"),
    _Share("statins_lower_intensity", "statinintensity", "Statins: of low or medium intensity",
        "A high-intensity statin lowers cholesterol enough at the same price.",
        "statin_lower_intensity", "statin", "10294811000001100"),
    _Share("methotrexate_10mg", "methotrexate", "Methotrexate tablets: of 10 mg",
        "Two strengths that look alike have killed: one strength, 2.5 mg, is safer.",
        "methotrexate_10mg_tablet", "methotrexate_tablet", "11026411000001101"),
    _Share("ppi_higher_doses", "ppidose", "Proton pump inhibitors: at higher doses",
        "Most people need the lower dose after the first weeks.",
        "ppi_higher_dose", "proton_pump_inhibitor", "10131611000001105"),
    _Share("vitamin_b_not_thiamine", "vitb", "Vitamin B compound and thiamine: vitamin B compound",
        "Thiamine is what prevents brain damage from alcohol; the compound has little use.",
        "vitamin_b_compound", "vitamin_b_or_thiamine", "14165511000001104"),
    _Share("paracetamol_soluble", "solublepara", "Paracetamol and co-codamol: soluble",
        "Soluble tablets cost more and hold a day's salt.",
        "soluble_paracetamol", "paracetamol_or_co_codamol", "10275111000001101"),
    _Share("dressings_silver", "silver", "Wound dressings: with silver",
        "There is little evidence that silver heals a chronic wound sooner, and it costs more.", "dressing_silver", "dressing", "10078011000001100"),
    _Share("zuclopenthixol_acetate", "zuclopenthixol", "Zuclopenthixol injections: acetate",
        "The acetate acts for days and is for acute units: it is easily taken for the decanoate.",
        "zuclopenthixol_acetate", "zuclopenthixol_injection", "178611000001106"),
    _Share("inhalers_metered_dose", "environmental_inhalers", "Inhalers other than salbutamol: metered dose",
        "Propellants warm the climate; where the technique suits, a dry powder inhaler does as well.",
        "inhaler_other_metered", "inhaler_other", "10073911000001106"),
    _Share("inhalers_reliever", "saba", "Reliever and steroid inhalers: relievers",
        "More relievers than preventers is asthma that is not controlled.",
        "saba_inhaler", "saba_or_ics_inhaler", "10073911000001106"),
    _Share("inhalers_not_air_mart", "air_mart_inhalers", "Steroid inhalers, alone or with one other medicine: not licensed for AIR or MART",
        "One inhaler for relief and prevention lowers attacks; most steroid inhalers cannot be used so.",
        "ics_inhaler_not_air_mart", "ics_inhaler", "12906411000001100"),
    _Share("opioids_high_dose", "opioidspercent", "Long-acting opioids: at a likely daily dose of 90 mg morphine or more",
        "Above 120 mg harm rises and relief does not; each item at these strengths asks for a review.",
        "opioid_high_dose", "opioid_long_acting", "11084511000001104"),
    _Share("doac_not_preferred", "doacs_nhse", "Direct oral anticoagulants: other than apixaban and rivaroxaban tablets",
        "Generic apixaban and rivaroxaban do the same for most people for far less.",
        "doac_not_apixaban_or_rivaroxaban", "doac_product", "14254711000001104"),
    _Share("sglt2_not_dapagliflozin", "dapagliflozin", "SGLT-2 inhibitors: other than dapagliflozin tablets",
        "Dapagliflozin is the first to be generic, and costs least.",
        "sglt2_not_dapagliflozin", "sglt2_product", "21609511000001105"),
    _Share("glucose_strips_not_recommended", "nhse_bgts", "Blood glucose testing strips: outside the commissioning recommendations",
        "The recommended strips are as accurate and cost less.",
        "glucose_strip_not_recommended", "glucose_strip", "17165811000001109"),
    _Share("lancets_not_recommended", "nhse_lancets", "Blood glucose lancets: outside the commissioning recommendations",
        "The recommended lancets do the same for less.",
        "lancet_not_recommended", "lancet", "14580311000001108"),
)  # fmt: skip


def _share(item: _Share) -> ActivityMeasure:
    issues = medication.coded(item.denominator).in_last(months=12)
    chosen = row("medication", ISSUED, item.numerator)
    other = row("medication", "2025-10-01", f"{item.denominator}#{item.other}")
    return ActivityMeasure(
        id=f"prescribing_{item.name}", title=item.title, why_it_matters=item.why, source=published(item.measure), **REVIEW,
        denominator=issues, numerator=issues.coded(item.numerator), polarity="lower_is_better", tags=TAGS, notes=COUNTED,
        worked_patients=(
            WorkedPatient("in: one of two items", (1, 2), (chosen, other)),
            WorkedPatient("out: another product", (0, 1), (other,)),
            WorkedPatient("outside: over 12 months ago", (0, 0), (row("medication", LONG_AGO, item.numerator),)),
            WorkedPatient("no date: the issue has no date", (0, 0), (row("medication", "", item.numerator),)),
        ),
    )  # fmt: skip


prescribing_shares = tuple(_share(item) for item in _SHARES)


def _long_course(name: str, measure: str, title: str, why: str, products: str, most: int) -> ActivityMeasure:
    """A share of items whose quantity is more than a course (or a bottle) needs."""
    issues = medication.coded(products).in_last(months=12)
    return ActivityMeasure(
        id=f"prescribing_{name}", title=title, why_it_matters=why, source=published(measure), **REVIEW, denominator=issues,
        numerator=issues.where(quantity=more_than(most)), polarity="lower_is_better", tags=TAGS, notes=COUNTED,
        worked_patients=(
            WorkedPatient("in: more", (1, 1), (row("medication", ISSUED, products, quantity=most + 1),)),
            WorkedPatient("out: just as much", (0, 1), (row("medication", ISSUED, products, quantity=most),)),
            WorkedPatient("out: quantity not recorded", (0, 1), (row("medication", ISSUED, products),)),
            WorkedPatient("no date: the issue has no date", (0, 0),
                (row("medication", "", products, quantity=most + 1),)),
        ),
    )  # fmt: skip


_LONG_COURSES: dict[str, tuple[str, str, str, str, int]] = {
    # name: published measure, title, why, product set, most that a course (or a bottle, or a month) needs
    "amoxicillin_over_15": ("amox_500_15_caps", "Amoxicillin 500 mg capsules: more than 15 in one item",
        "Five days are enough for most infections.", "amoxicillin_500mg_capsule", 15),
    "doxycycline_over_6": ("doxy_100_6_qty", "Doxycycline 100 mg capsules: more than 6 in one item",
        "Five days are enough for most chest infections.", "doxycycline_100mg_capsule", 6),
    "morphine_solution_over_300ml": ("morphine_solution_high_quantity", "Morphine 10 mg/5 ml oral solution: more than 300 ml in one item",
        "Large bottles at home have been taken by mistake and in despair.", "morphine_oral_solution", 300),
    "trimethoprim_over_6": ("uti_antibiotics_3_day", "Trimethoprim 200 mg tablets: more than 6 in one item",
        "Three days are enough for an uncomplicated infection of the bladder.", "trimethoprim_200mg_tablet", 6),
    "nitrofurantoin_over_6": ("uti_antibiotics_3_day", "Nitrofurantoin 100 mg modified-release capsules: more than 6 in one item",
        "Three days are enough for an uncomplicated infection of the bladder.", "nitrofurantoin_100mg_mr_capsule", 6),
    "pivmecillinam_over_10": ("uti_antibiotics_3_day", "Pivmecillinam 200 mg tablets: more than 10 in one item",
        "Three days are enough for an uncomplicated infection of the bladder.", "pivmecillinam_200mg_tablet", 10),
    "weekly_pens_over_3": ("excess_pens", "Semaglutide and tirzepatide multidose pens: four or more in one item",
        "A pen holds four doses and lasts a month: four pens in one item are often a mistake.", "weekly_pen", 3),
}  # fmt: skip

prescribing_long_courses = tuple(_long_course(name, *item) for name, item in _LONG_COURSES.items())

_SEVEN = medication.coded("long_term_daily_medicine").in_last(months=12)
seven_days = ActivityMeasure(
    id="prescribing_seven_days", title="Five long-term medicines: seven tablets or capsules in one item",
    why_it_matters="Weekly items cost seven times the work of monthly ones, and help only where there is a reason for each person.",
    source=published("seven_day_prescribing"), **REVIEW, denominator=_SEVEN, numerator=_SEVEN.where(quantity=7),
    polarity="lower_is_better", tags=TAGS,
    notes=f"Ramipril, atorvastatin, simvastatin, levothyroxine and amlodipine. Items, not tablets. {COUNTED}",
    worked_patients=(
        WorkedPatient("in: seven", (1, 1), (row("medication", ISSUED, "long_term_daily_medicine", quantity=7),)),
        WorkedPatient("out: twenty-eight", (0, 1), (row("medication", ISSUED, "long_term_daily_medicine", quantity=28),)),
        WorkedPatient("out: quantity not recorded", (0, 1), (row("medication", ISSUED, "long_term_daily_medicine"),)),
        WorkedPatient("no date: the issue has no date", (0, 0),
            (row("medication", "", "long_term_daily_medicine", quantity=7),)),
    ),
)  # fmt: skip

_PER_PERSON: dict[str, tuple[str, str, str]] = {
    # codelist: published measure, words, why
    "antibiotic_oral": ("all_antibiotics", "Antibiotics by mouth", "Each course that is not needed breeds resistance."),
    "fluoroquinolone": ("fluoroquinolones_list", "Fluoroquinolones by mouth", "Tendons, nerves and aorta: only where nothing else will do."),
    "gabapentinoid": ("gabapentinoidsddd", "Gabapentin and pregabalin", "Dependence, and deaths together with opioids."),
    "insulin_detemir": ("insulin_detemir", "Insulin detemir", "It is being withdrawn: everybody on it needs another insulin."),
    "vitamin_b_compound": ("vitbper1000", "Vitamin B compound", "Seldom of use in primary care."),
    "amorolfine": ("fungal", "Amorolfine nail lacquer", "Seldom clears an infection; sold over the counter."),
    "nimodipine": ("nimodipine", "Nimodipine", "For three weeks after a brain haemorrhage: not a repeat."),
    "dosulepin": ("lpdosulepin", "Dosulepin", "Fatal in overdose more often than any like it."),
    "trimipramine": ("lptrimipramine", "Trimipramine", "Others work as well for far less."),
    "liothyronine": ("lpliothyronine", "Liothyronine", "Only for a few, under a specialist."),
    "lidocaine_plaster": ("lplidocaine", "Lidocaine plasters", "Only for pain after shingles where nothing else helps."),
    "perindopril_arginine": ("lpperindopril", "Perindopril arginine", "The plain salt does the same for less."),
    "amiodarone": ("lpamiodarone", "Amiodarone", "Harms lungs, liver and thyroid: specialist start and checks."),
    "dronedarone": ("lpdronedarone", "Dronedarone", "Harms liver and heart: under a specialist."),
    "minocycline": ("lpminocycline", "Minocycline", "Safer medicines for acne exist."),
    "fentanyl_immediate_release": ("lpfentanylir", "Fentanyl, immediate release", "Only for cancer pain under a palliative team."),
    "tramadol_with_paracetamol": ("lptramadolpara", "Tramadol with paracetamol", "The two apart cost less and can be adjusted."),
    "oxycodone_with_naloxone": ("lpoxycodone", "Oxycodone with naloxone", "No better than an opioid with a laxative."),
    "doxazosin_modified_release": ("xlpdoxazosin", "Doxazosin, modified release", "The plain tablet does the same for less."),
    "aliskiren": ("lpaliskiren", "Aliskiren", "No proven benefit over better-known medicines."),
    "glucosamine": ("lpglucosamine", "Glucosamine", "No proven benefit for joints."),
    "antibiotic_broad_spectrum": ("broad_spectrum_list", "Co-amoxiclav, cephalosporins and quinolones", "Broad-spectrum antibiotics breed resistance."),
    "injectable_anti_infective": ("injectable_antibiotics", "Injections for infection", "Given at home where there is a team for it; seldom by a practice."),
    "sulfadiazine": ("sulfadiazine", "Sulfadiazine by mouth", "Few need it: look for a mistake for sulfasalazine."),
    "co_proxamol": ("lpcoprox", "Co-proxamol", "Withdrawn: fatal in overdose."),
    "homeopathic_preparation": ("lphomeopathy", "Homeopathic preparations", "No evidence of benefit."),
    "gamolenic_or_ubidecarenone": ("lpherbal", "Gamolenic acid and ubidecarenone", "No good evidence of benefit; sold over the counter."),
    "omega_3": ("lpomega3", "Omega-3 fatty acid compounds", "Not effective for what they were given for."),
    "rubefacient": ("lprubefacients", "Rubefacients", "Little evidence of benefit; sold over the counter."),
    "travel_vaccine": ("lptravelvacs", "Travel vaccines", "The NHS pays for some vaccines before travel, and not for these."),
    "bath_shower_emollient": ("lpbathshoweremollients", "Bath and shower emollients", "No benefit beside emollients left on the skin."),
    "lutein_supplement": ("lplutein", "Lutein and antioxidants", "No evidence that they keep sight."),
    "colecalciferol_alone": ("vitamind", "Colecalciferol by itself", "For upkeep it is sold over the counter."),
    "dental_paste": ("toothpaste", "Toothpaste", "A dentist's to prescribe."),
    "gluten_free_food": ("glutenfree", "Gluten-free foods", "Only bread and mixes are allowed; many areas have ended it."),
    "tamoxifen": ("tamoxifen", "Tamoxifen", "Differences between practices can show women at risk who were not offered it."),
    "opioid_high_dose": ("opioidper1000", "Long-acting opioids at a likely daily dose of 90 mg morphine or more", "Above 120 mg harm rises and relief does not."),
    "silk_garment": ("lpsilkgarments", "Silk garments", "No good evidence that they help eczema."),
    "probiotic": ("probiotics", "Probiotics", "Taken out of the tariff: no good evidence of benefit."),
    "pen_needle_costly": ("lpneedles", "Insulin pen needles of 5 pence or more each", "Needles of the same length and gauge cost half as much."),
    "glucose_sensor": ("cgm_sensors", "Continuous glucose monitoring sensors", "Offered to everybody with type 1 diabetes; who gets it differs."),
}  # fmt: skip


_EITHER_WAY = ("tamoxifen", "glucose_sensor")
"""Where neither more nor fewer is said to be better."""


def _per_1000(products: str, measure: str, words: str, why: str) -> Measure:
    return rate(
        f"prescribing_{products}_rate", f"{words}: items in 12 months, per 1,000 people", why,
        medication.coded(products).in_last(months=12).count(),
        counted=(row("medication", ISSUED, products), row("medication", "2025-06-02", products)), amount=2,
        not_counted=(row("medication", LONG_AGO, products),), source=published(measure), notes=COUNTED, tags=TAGS,
        polarity="neither" if products in _EITHER_WAY else "lower_is_better",
    )  # fmt: skip


prescribing_rates = tuple(_per_1000(products, *words) for products, words in _PER_PERSON.items())

LOW_PRIORITY = (
    "aliskiren", "amiodarone", "bath_shower_emollient", "co_proxamol", "dosulepin", "dronedarone", "fentanyl_immediate_release", "gamolenic_or_ubidecarenone",
    "glucosamine", "homeopathic_preparation", "lidocaine_plaster", "liothyronine", "lutein_supplement", "minocycline", "omega_3", "oxycodone_with_naloxone",
    "pen_needle_costly", "perindopril_arginine", "rubefacient", "silk_garment", "tramadol_with_paracetamol", "travel_vaccine", "trimipramine",
)  # fmt: skip
"""The sets of the published measures of single items that should not routinely be prescribed (`lp…`)."""

low_priority = rate(
    "prescribing_low_priority_rate", "Items that should not routinely be prescribed in primary care: items in 12 months, per 1,000 people",
    "Money and risk without benefit: one number to begin with, then the measures of single items.",
    medication.coded(*LOW_PRIORITY).in_last(months=12).count(),
    counted=(row("medication", ISSUED, "dosulepin"), row("medication", "2025-06-02", "silk_garment")), amount=2,
    not_counted=(row("medication", LONG_AGO, "dosulepin"), row("medication", ISSUED, "statin")), source=published("lpzomnibus"),
    notes=f"All measures of single items that are computed here, added up; the published one adds up cost. {COUNTED}", tags=TAGS,
)  # fmt: skip

_MILLIGRAMS: dict[str, tuple[str, str, str, dict[str, int]]] = {
    # name: published measure, words, why, product set to milligrams in one capsule, tablet or millilitre
    "pregabalin_mg": ("pregabalinmg", "Pregabalin, milligrams", "Dependence, and deaths together with opioids: strength says more than items.", {
        "pregabalin_25mg": 25, "pregabalin_50mg": 50, "pregabalin_75mg": 75, "pregabalin_100mg": 100, "pregabalin_150mg": 150,
        "pregabalin_200mg": 200, "pregabalin_225mg": 225, "pregabalin_300mg": 300, "pregabalin_20mg_ml_solution": 20,
    }),
    "morphine_solution_mg": ("morphine_solution_list", "Morphine oral solution, milligrams",
        "Liquid at home has been taken by mistake and in despair; much of it is never drunk.",
        {"morphine_oral_solution": 2, "morphine_oral_solution_20mg_ml": 20}),
}  # fmt: skip


def _milligrams(name: str, measure: str, words: str, why: str, strengths: dict[str, int]) -> Measure:
    """Quantity times strength, summed: an issue without a quantity adds nothing."""
    parts = [
        coalesce(medication.coded(products).in_last(months=12).total("quantity"), 0) * strength
        for products, strength in strengths.items()
    ]
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    (first, weak), *_, (last, strong) = strengths.items()
    return rate(
        f"prescribing_{name}_rate", f"{words}: in 12 months, per 1,000 people", why, total,
        counted=(row("medication", ISSUED, first, quantity=28), row("medication", "2025-06-02", last, quantity=100)), amount=28 * weak + 100 * strong,
        not_counted=(row("medication", LONG_AGO, first, quantity=28), row("medication", ISSUED, first)), source=published(measure),
        notes=f"Quantity times the strength that the product is named with; an issue without a quantity adds nothing. Strengths dispensed seldom are left out. {COUNTED}",
        tags=TAGS,
    )  # fmt: skip


prescribing_milligrams = tuple(_milligrams(name, *item) for name, item in _MILLIGRAMS.items())
