"""Points of delivery: ordered, versioned rules, compiled to one SQL expression over `contact`.

The rules are data (`data/pod_rules.yaml`). Two published orders are held because they disagree (see
`tests/finance/test_pod.py` for exactly where): ``icb-live``, which a London integrated care board runs, and ``nhp``, the
New Hospital Programme model's. A build uses one and every contact says which rule of which set gave its POD.

Use from a build::

    sql = with_pod("SELECT * FROM contacts_of_this_bucket")          # pod and pod_rule filled; all else unchanged
    sql = with_pod(source, "nhp", sex="sex", age="age")              # a set that also reads the person

There is nothing to install or join for ``icb-live``: the expression reads columns of `contact` only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

import yaml

from commonweal.errors import BadInput
from commonweal.finance.conditions import Condition, condition_from

DEFAULT_RULE_SET = "icb-live"
EMERGENCY_ADMISSION = "(starts_with(admission_method, '2') AND admission_method <> '2C')"
"""A condition on `contact`: admitted as an emergency. 2C is a baby born at home as intended (NHS Data Dictionary): a birth."""


@cache
def pod_titles() -> Mapping[str, str]:
    """What each national POD code is called; a code that is not held has no title."""
    return yaml.safe_load(resources.files("commonweal.finance").joinpath("data/pod_titles.yaml").read_text())


def pod_words(code: str) -> str:
    """A POD for a page: its title with the code, or the code alone."""
    title = pod_titles().get(code)
    return f"{title} ({code})" if title else code


@dataclass(frozen=True)
class PodRule:
    """One line of a rule set. `pod` is None where the contact is not activity or has no national POD."""

    id: str
    setting: str
    pod: str | None
    says: str
    conditions: tuple[Condition, ...]

    def holds(self, contact: Mapping[str, Any]) -> bool:
        """Whether the rule is met by one contact, given as a mapping of column names."""
        return contact.get("setting") == self.setting and all(test.holds(contact) for test in self.conditions)

    def sql(self) -> str:
        """The same as an SQL condition over `contact`."""
        tests = [f"setting = '{self.setting}'", *(test.sql() for test in self.conditions)]
        return " AND ".join(tests)


@dataclass(frozen=True)
class PodRuleSet:
    """An ordered list of rules; the first that holds decides."""

    id: str
    title: str
    version: str
    source: str
    read_on: date
    valid_from: date | None
    valid_to: date | None
    needs_person: bool
    rules: tuple[PodRule, ...]

    def label(self, rule: PodRule) -> str:
        """What `contact.pod_rule` holds: rule set, version and line."""
        return f"{self.id}/{self.version}/{rule.id}"

    def classify(self, contact: Mapping[str, Any]) -> tuple[str | None, str | None]:
        """POD and rule label of one contact given as a mapping of column names; (None, None) where no rule is meant
        for its setting. For explaining one contact; a build uses `with_pod`."""
        for rule in self.rules:
            if rule.holds(contact):
                return rule.pod, self.label(rule)
        return None, None

    def explain(self, label: str) -> str:
        """What the rule named by `contact.pod_rule` says, in words."""
        for rule in self.rules:
            if self.label(rule) == label:
                return rule.says
        raise BadInput("no such rule", where=f"rule set {self.id}", value=label)


def pod_sql(rule_set: str = DEFAULT_RULE_SET, *, sex: str = "", age: str = "") -> str:
    """One SQL CASE over the columns of `contact`, of type ``STRUCT(pod VARCHAR, rule VARCHAR)``.

    `sex` and `age` (whole years at the start of the contact) are SQL expressions, needed by a set that reads the person.
    Where no rule is meant for a setting, both fields are null.
    """
    chosen = rule_sets()[_known(rule_set)]
    if chosen.needs_person and not (sex and age):
        raise BadInput("this rule set reads the person's sex and age", value=rule_set, remedy="give both as SQL")
    lines = []
    for rule in chosen.rules:
        pod = f"'{rule.pod}'" if rule.pod else "NULL::VARCHAR"
        test = rule.sql()
        if chosen.needs_person:
            test = test.replace("{sex}", f"({sex})").replace("{age}", f"({age})")
        lines.append(f"WHEN {test} THEN {{'pod': {pod}, 'rule': '{chosen.label(rule)}'}}")
    return "CASE " + "\n     ".join(lines) + "\n     ELSE {'pod': NULL::VARCHAR, 'rule': NULL::VARCHAR} END"


def with_pod(source: str, rule_set: str = DEFAULT_RULE_SET, *, sex: str = "", age: str = "") -> str:
    """SQL of `source` (a SELECT, or a table's name) with its columns `pod` and `pod_rule` filled. Column order is kept."""
    inner = source if " " in source.strip() else f"SELECT * FROM {source}"
    decided = pod_sql(rule_set, sex=sex, age=age)
    return (
        "SELECT * EXCLUDE (pod_decision) REPLACE (pod_decision.pod AS pod, pod_decision.rule AS pod_rule)\n"
        f"FROM (SELECT *, {decided} AS pod_decision FROM ({inner}))"
    )


@cache
def rule_sets() -> dict[str, PodRuleSet]:
    """Every shipped rule set by id."""
    text = resources.files("commonweal.finance").joinpath("data/pod_rules.yaml").read_text(encoding="utf-8")
    held = yaml.safe_load(text)
    return {entry["id"]: _rule_set(entry, held["lists"]) for entry in held["rule_sets"]}


def rule_set_of(label: str) -> PodRuleSet:
    """The rule set that a `contact.pod_rule` label names."""
    return rule_sets()[_known(label.split("/", 1)[0])]


def _rule_set(entry: dict[str, Any], lists: dict[str, Any]) -> PodRuleSet:
    return PodRuleSet(
        id=entry["id"],
        title=entry["title"],
        version=str(entry["version"]),
        source=entry["source"],
        read_on=entry["read_on"],
        valid_from=entry["valid_from"],
        valid_to=entry["valid_to"],
        needs_person=entry.get("needs_person", False),
        rules=tuple(
            PodRule(
                id=line["id"],
                setting=line["setting"],
                pod=line["pod"],
                says=line["says"],
                conditions=tuple(condition_from(column, test, lists) for column, test in line.get("when", {}).items()),
            )
            for line in entry["rules"]
        ),
    )


def _known(rule_set: str) -> str:
    if rule_set not in rule_sets():
        raise BadInput("no such POD rule set", value=rule_set, remedy=f"one of {', '.join(rule_sets())}")
    return rule_set
