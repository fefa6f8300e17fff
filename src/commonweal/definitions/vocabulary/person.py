"""What is known of a person as at the date, whatever their events."""

from __future__ import annotations

from typing import NoReturn

from commonweal.definitions.vocabulary.expressions import WRAPPERS, Condition, DateValue, Number, Text, as_at
from commonweal.definitions.vocabulary.names import check_name, refuse_attribute
from commonweal.definitions.vocabulary.nodes import Kind, PersonAttribute

ATTRIBUTES: dict[str, tuple[Kind, str]] = {
    "birth_date": ("date", "Date of birth in direct care; elsewhere the first day of the month of birth"),
    "death_date": ("date", "Date of death, where it is on or before the as-at date"),
    "sex": ("text", "M, F or I (indeterminate)"),
    "ethnic_category": ("text", "2001 category A to S; missing where not stated or not known"),
    "ethnic_group": ("text", "white, mixed, asian, black or other: the five groups of the 2001 categories"),
    "practice_code": ("text", "Practice of registration as at the date"),
    "registered_since": ("date", "Start of the registration that holds as at the date"),
    "pcn_code": ("text", "Primary care network of the practice as at the date"),
    "lsoa21": ("text", "LSOA 2021 of residence"),
    "residence_borough_code": ("text", "Borough of residence"),
    "imd_decile": ("number", "Deprivation decile of the residence (IMD 2019; 1 is most deprived)"),
    "language": ("text", "Preferred language"),
}
"""Attributes by name: kind and meaning."""


def attribute(name: str) -> Condition | Number | DateValue | Text:
    """The attribute of this name."""
    kind, _ = ATTRIBUTES[check_name(name, ATTRIBUTES, "person attribute")]
    return WRAPPERS[kind](PersonAttribute(name))


class Person:
    """The person: ``person.age``, ``person.sex``, ``person.is_registered`` and so on."""

    birth_date = DateValue(PersonAttribute("birth_date"))
    death_date = DateValue(PersonAttribute("death_date"))
    sex = Text(PersonAttribute("sex"))
    ethnic_category = Text(PersonAttribute("ethnic_category"))
    ethnic_group = Text(PersonAttribute("ethnic_group"))
    practice_code = Text(PersonAttribute("practice_code"))
    registered_since = DateValue(PersonAttribute("registered_since"))
    pcn_code = Text(PersonAttribute("pcn_code"))
    lsoa21 = Text(PersonAttribute("lsoa21"))
    residence_borough_code = Text(PersonAttribute("residence_borough_code"))
    imd_decile = Number(PersonAttribute("imd_decile"))
    language = Text(PersonAttribute("language"))

    age = birth_date.years_to(as_at)
    """Whole years on the as-at date; someone born on 29 February has their birthday on 1 March in other years."""
    age_months = birth_date.months_to(as_at)
    """Whole months on the as-at date."""
    is_alive = death_date.is_missing()
    is_registered = practice_code.is_known()
    """Registered with a practice on the as-at date."""

    @staticmethod
    def age_at(moment: DateValue) -> Number:
        """Whole years on another date, such as that of a diagnosis."""
        return Person.birth_date.years_to(moment)

    def __getattr__(self, name: str) -> NoReturn:
        refuse_attribute(self, name, lambda: "attribute of the person")


person = Person()
