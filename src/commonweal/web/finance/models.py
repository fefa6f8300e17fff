"""What people decide and load about money. What happened comes from the release; what is planned and agreed is here.

Amounts are whole pence. Rows are added and ended, with who and when; the audit holds every change.
"""

# pyright: reportArgumentType=false, reportReturnType=false, reportOperatorIssue=false, reportIncompatibleVariableOverride=false
from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from commonweal.finance.schemes import MATURITIES


def by_whom(*, or_a_command: bool = False) -> models.ForeignKey:
    """Who did it; empty where a command loaded the documents' own figures."""
    return models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=or_a_command)


def empty_list() -> list:
    """The default of a JSON column."""
    return []


def empty_map() -> dict:
    """The default of a JSON column."""
    return {}


class Import(models.Model):
    """One spreadsheet that was taken whole. The rows of a later one of the same kind and year replace its rows."""

    class Kind(models.TextChoices):
        PLAN = "plan", "Contract plan"
        LEDGER = "ledger", "Ledger"
        SCHEMES = "schemes", "Schemes"
        CONTROL_TOTALS = "control_totals", "Control totals"
        FIVE_YEAR = "five_year", "Five-year model"
        RISK_SHARE = "risk_share", "Risk share agreement"

    kind = models.CharField(max_length=20, choices=Kind.choices)
    file_name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    rows = models.PositiveIntegerField()
    by = by_whom(or_a_command=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["kind", "digest"], name="finance_one_file_once")]


class PlanLine(models.Model):
    """One line of a plan that was loaded; it stands in place of the contract lines' plan for its provider and year."""

    source = models.ForeignKey(Import, on_delete=models.PROTECT, related_name="plan_lines")
    provider_code = models.CharField(max_length=20)
    commissioner_code = models.CharField(max_length=20, blank=True)
    pod = models.CharField(max_length=20)
    treatment_function_code = models.CharField(max_length=10, blank=True)
    month = models.DateField()
    activity = models.DecimalField(max_digits=16, decimal_places=4)
    pence = models.BigIntegerField()
    current = models.BooleanField(default=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["current", "month"])]


class LedgerLine(models.Model):
    """One ledger entry for a provider and month."""

    source = models.ForeignKey(Import, on_delete=models.PROTECT, related_name="ledger_lines")
    provider_code = models.CharField(max_length=20)
    month = models.DateField()
    pence = models.BigIntegerField()
    reference = models.CharField(max_length=100, blank=True)
    current = models.BooleanField(default=True)


class Adjustment(models.Model):
    """A known change that no month shows yet, with its owner."""

    title = models.CharField(max_length=200)
    owner = models.CharField(max_length=200)
    provider_code = models.CharField(max_length=20, blank=True)
    year = models.CharField(max_length=7)
    pence = models.BigIntegerField()
    probability = models.DecimalField(max_digits=4, decimal_places=3, default=1)
    ended_at = models.DateTimeField(null=True)
    by = by_whom(or_a_command=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(probability__gte=0, probability__lte=1), name="finance_probability_is_a_share"
            ),
            models.CheckConstraint(condition=~models.Q(owner=""), name="finance_adjustment_has_an_owner"),
        ]


class SubmittedOutturn(models.Model):
    """What a provider says that its year will come to, as at one month. The latest row holds."""

    provider_code = models.CharField(max_length=20)
    year = models.CharField(max_length=7)
    months = models.PositiveSmallIntegerField()
    pence = models.BigIntegerField()
    by = by_whom()
    at = models.DateTimeField(auto_now_add=True)


class SchemeRecord(models.Model):
    """One scheme of one year, as the pure package knows it."""

    reference = models.CharField(max_length=60)
    year = models.CharField(max_length=7)
    title = models.CharField(max_length=300)
    gross_pence = models.BigIntegerField()
    investment_pence = models.BigIntegerField(default=0)
    maturity = models.CharField(max_length=30, choices=[(name, name.replace("_", " ")) for name in MATURITIES])
    recurrent = models.BooleanField(default=True)
    cash_releasing = models.BooleanField(default=True)
    start = models.DateField(null=True)
    strand = models.CharField(max_length=10, blank=True)
    category = models.CharField(max_length=100, blank=True)
    senior_owner = models.CharField(max_length=200, blank=True)
    clinical_lead = models.CharField(max_length=200, blank=True)
    finance_lead = models.CharField(max_length=200, blank=True)
    confidence = models.DecimalField(max_digits=4, decimal_places=3, null=True)
    overlap_group = models.CharField(max_length=100, blank=True)
    phasing = models.JSONField(default=empty_list)
    assessments = models.JSONField(default=empty_map)
    milestones = models.JSONField(default=empty_list)
    impact = models.JSONField(default=empty_list)
    investments = models.JSONField(default=empty_list)
    """Who receives the investment: provider, pence. What is left of it is placed with no provider."""
    stops = models.JSONField(default=empty_list)
    """What a decommissioning scheme ends: provider, point of delivery, specialty ("" for all), first month without it."""
    cohort = models.CharField(max_length=60, blank=True)
    """The programme in the record whose members it is about; empty where it names none."""
    contract_variation = models.CharField(max_length=100, blank=True)
    evidence_grade = models.CharField(max_length=1, blank=True)
    evaluation_method = models.CharField(max_length=300, blank=True)
    slippage_reason = models.TextField(blank=True)
    mitigation = models.TextField(blank=True)
    note = models.TextField(blank=True)
    delivered_pence = models.BigIntegerField(null=True)
    """Measured so far against the counterfactual; null where nothing was measured."""
    counterfactual = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)
    by = by_whom(or_a_command=True)
    at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering: ClassVar = ["year", "reference"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["reference", "year"], name="finance_scheme_once_a_year"),
            models.CheckConstraint(condition=models.Q(investment_pence__gte=0), name="finance_investment_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.reference}: {self.title}"


class SchemeVersion(models.Model):
    """One saved version of a scheme: what it held and what changed. Kept for good."""

    scheme = models.ForeignKey(SchemeRecord, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    content = models.JSONField()
    log = models.TextField(blank=True)
    by = by_whom(or_a_command=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["scheme", "number"], name="finance_one_scheme_version")
        ]


class ContractTerms(models.Model):
    """The form of one provider's contract in one year, with what its form needs. The pure package checks the terms."""

    provider_code = models.CharField(max_length=20)
    year = models.CharField(max_length=7)
    form = models.CharField(max_length=40)
    terms = models.JSONField(default=empty_map)
    """Name of a term to text: pence, shares and counts keep every digit."""
    agreed_in = models.CharField(max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1)
    by = by_whom(or_a_command=True)
    at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering: ClassVar = ["-year", "provider_code"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider_code", "year"], name="finance_one_contract_form_a_year")
        ]


class OverlapCeiling(models.Model):
    """What the activity that a group of schemes acts on costs: together they cannot save more."""

    group = models.CharField(max_length=100, unique=True)
    pence = models.BigIntegerField()
    says = models.CharField(max_length=300)
    version = models.PositiveIntegerField(default=1)
    by = by_whom(or_a_command=True)
    at = models.DateTimeField(auto_now=True)


class ControlTotal(models.Model):
    """One organisation's control total, plan and forecast for one year. Surplus positive."""

    source = models.ForeignKey(Import, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=200)
    cluster = models.CharField(max_length=100)
    year = models.CharField(max_length=7)
    control_total_pence = models.BigIntegerField()
    plan_pence = models.BigIntegerField()
    forecast_pence = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["code", "year"], name="finance_one_control_total_a_year")
        ]


class Agreement(models.Model):
    """One signed risk share agreement: its bands as rows, its control total and what it shares."""

    source = models.ForeignKey(Import, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    version = models.CharField(max_length=40)
    year = models.CharField(max_length=7)
    control_total_pence = models.BigIntegerField()
    outturn_pence = models.BigIntegerField(null=True)
    """Null: the statistical outturn of the system."""
    bands = models.JSONField(default=empty_list)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["name", "version"], name="finance_agreement_version_once")
        ]


class FiveYearModel(models.Model):
    """The rows of one five-year model: areas, rates and closing measures by year. The latest holds."""

    source = models.ForeignKey(Import, on_delete=models.PROTECT, related_name="+")
    base_allocation_pence = models.BigIntegerField()
    rows = models.JSONField(default=empty_list)


class PodQuestion(models.Model):
    """A local point of delivery without a national one: who looks at it, and what was decided for which months."""

    provider_code = models.CharField(max_length=20, blank=True)
    local_pod = models.CharField(max_length=40, blank=True)
    tariff_code = models.CharField(max_length=40, blank=True)
    owner = models.CharField(max_length=200, blank=True)
    pod = models.CharField(max_length=20, blank=True)
    first_month = models.DateField(null=True)
    last_month = models.DateField(null=True)
    note = models.CharField(max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1)
    by = by_whom(or_a_command=True)
    at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["provider_code", "local_pod", "tariff_code"], name="finance_one_question_a_local_pod"
            )
        ]


class Challenge(models.Model):
    """What was decided about one line that a contract rule found. A line that nobody touched has no row: it is "found"."""

    rule = models.CharField(max_length=60)
    provider_code = models.CharField(max_length=20)
    pod = models.CharField(max_length=20)
    month = models.DateField()
    status = models.CharField(max_length=20)
    owner = models.CharField(max_length=200)
    claimed_pence = models.BigIntegerField()
    """What was claimed on the day it was raised: a later release does not move it."""
    history = models.JSONField(default=empty_list)
    """One entry a step: status, owner, note, who (name) and when. Only added to."""
    version = models.PositiveIntegerField(default=1)
    by = by_whom()
    at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["rule", "provider_code", "pod", "month"], name="finance_one_challenge_a_line"
            ),
            models.CheckConstraint(condition=~models.Q(owner=""), name="finance_challenge_has_an_owner"),
        ]
