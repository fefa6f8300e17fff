"""Accounts, and what each person may work as, from when to when."""

# pyright: reportArgumentType=false, reportReturnType=false, reportOperatorIssue=false, reportIncompatibleVariableOverride=false
from __future__ import annotations

import datetime
from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q

from commonweal.web.accounts.roles import ROLES, Role

ORGANISATION_KINDS = [
    ("practice", "GP practice"),
    ("pcn", "Primary care network"),
    ("neighbourhood", "Neighbourhood team"),
    ("borough", "Borough"),
    ("icb", "Integrated care board"),
    ("trust", "Trust"),
    ("local_authority", "Council"),
    ("university", "University"),
]


def on(day: datetime.date) -> Q:
    """Rows whose `valid_from` and `valid_to` hold on `day`; the last day is included."""
    return Q(valid_from__lte=day) & (Q(valid_to__isnull=True) | Q(valid_to__gte=day))


class UserManager(BaseUserManager["User"]):
    """Makes accounts by e-mail address."""

    def create_user(self, email: str, name: str, password: str | None = None, **fields: object) -> User:
        """A new account. Without a password it cannot sign in with one (OIDC, or a reset link)."""
        user = self.model(email=self.normalize_email(email).lower(), name=name, **fields)
        user.set_password(password)
        user.save()
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """One member of staff."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200)
    is_active = models.BooleanField(default=True)
    is_demo = models.BooleanField(default=False, help_text="A demonstration persona: cannot sign in outside a demo")
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name


class Organisation(models.Model):
    """A body that people work for, as the site knows it. The record's own organisations carry the full history."""

    code = models.CharField(max_length=20)
    kind = models.CharField(max_length=20, choices=ORGANISATION_KINDS)
    name = models.CharField(max_length=200)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["code", "kind"], name="organisation_once")]

    def __str__(self) -> str:
        return self.name


class Team(models.Model):
    """A team within an organisation."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="teams")
    name = models.CharField(max_length=200)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """One person in one role at one organisation for a time. Ended, never deleted."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="memberships")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="memberships")
    role_id = models.CharField(max_length=30, choices=[(role.id, role.title) for role in ROLES.values()])
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=models.F("valid_from")),
                name="membership_ends_after_it_starts",
            )
        ]

    def __str__(self) -> str:
        return f"{self.role.title} at {self.organisation}"

    @property
    def role(self) -> Role:
        return ROLES[self.role_id]
