"""Coded values of the record in words. A code without a published word here is shown as it is."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

ATTENDED = {
    "2": "cancelled by the patient", "3": "did not attend", "4": "cancelled by the provider", "7": "came too late to be seen",
}  # fmt: skip
"""ATTENDED OR DID NOT ATTEND of the NHS Data Dictionary; 5 and 6 attended, which needs no words."""
MEDIUM = {
    "02": "by telephone", "03": "by video", "04": "by talk-type", "05": "by email", "06": "by text message",
    "07": "online", "08": "by instant message",
}  # fmt: skip
"""CONSULTATION MEDIUM USED; 01 is face to face, which needs no words."""
PRIORITY = {"1": "routine", "2": "urgent", "3": "two-week wait"}
"""PRIORITY TYPE CODE of the NHS Data Dictionary."""
WAITS = {
    "rtt": "Waiting for treatment", "diagnostic": "Waiting for a test", "cancer_28": "Cancer pathway, 28 days",
    "cancer_31": "Cancer pathway, 31 days", "cancer_62": "Cancer pathway, 62 days",
}  # fmt: skip
UNITS = {
    "mm[Hg]": "mmHg", "umol/L": "µmol/L", "kg/m2": "kg/m²", "mL/min/1.73m2": "mL/min/1.73 m²", "[IU]/L": "IU/L", "10*9/L": "×10⁹/L",
}  # fmt: skip
"""UCUM units as clinicians read them."""


def unit(text: str) -> str:
    """A UCUM unit as clinicians read it."""
    return UNITS.get(text, text)


def treatment_function(code: str) -> str:
    """The title of a treatment function; the code where it has none."""
    return _treatment_functions().get(code, code)


def contact_words(details: Mapping[str, Any]) -> str:
    """Specialty or service, how it took place and whether it did: ``Cardiology, by telephone, did not attend``."""
    specialty = details.get("treatment_function_code")
    service = str(details.get("service_type") or "")
    parts = [
        treatment_function(str(specialty)) if specialty else service if not service[-1:].isdigit() else "",
        MEDIUM.get(str(details.get("consultation_medium") or ""), ""),
        ATTENDED.get(str(details.get("attendance_status") or ""), ""),
    ]
    return ", ".join(part for part in parts if part)


@cache
def _treatment_functions() -> dict[str, str]:
    with (Path(__file__).parent / "data" / "treatment_functions.csv").open(encoding="utf-8", newline="") as handle:
        return {row["code"]: row["title"] for row in csv.DictReader(handle)}
