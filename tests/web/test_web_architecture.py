"""What nobody may forget when they add a page."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from django.apps import apps

from commonweal import web

WEB = Path(web.__file__).parent
VIEWS = sorted(WEB.rglob("views*.py"))
TEMPLATES = sorted(WEB.rglob("*.jinja"))

# Every model of ours is one or the other. A new one fails until somebody decides.
APPEND_ONLY = {
    "audit.Entry",
    "audit.Seal",
    "lists.ListVersion",
    "lists.Action",
    "lists.Snapshot",
    "people.AccessReview",
    "trust.Annotation",
    "leads.GroupVersion",
    "leads.ViewVersion",
    "people.CarePlanVersion",
    "digests.Sent",
}
CHANGES = {
    "accounts.User", "accounts.Organisation", "accounts.Team", "accounts.Membership", "lists.WorkingList", "lists.Task",
    "people.EmergencyAccess", "people.CorrectionRequest",
    "leads.PracticeGroup", "leads.SavedView", "leads.Rebase", "people.CarePlan", "people.StatedPreference",
    "digests.Subscription", "api.Token",
}  # fmt: skip
OF_OTHERS = {"finance", "commissioning"}


@pytest.mark.parametrize("path", VIEWS, ids=[f"{path.parent.name}.{path.stem}" for path in VIEWS])
def test_views_reach_data_through_services_only(path):
    tree = ast.parse(path.read_text())
    touched = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == "objects"]
    assert not touched, f"{path.name} uses Model.objects on lines {touched}: ask a service instead"
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module is not None}
    opened = [name for name in imported if name.startswith(("duckdb", "commonweal.engine", "commonweal.record"))]
    assert not opened, f"{path.name} reads the release itself: {opened}"


@pytest.mark.parametrize("path", TEMPLATES, ids=[path.name for path in TEMPLATES])
def test_templates_keep_to_the_security_policy(path):
    text = path.read_text()
    assert not re.search(r"\sstyle=|\son[a-z]+=\"|javascript:|https?://", text), "inline style, script or another site"
    assert "| safe" not in text.replace("chart.svg | safe", ""), "only our own charts are inserted unescaped"


def test_every_form_that_changes_something_carries_its_token():
    for path in TEMPLATES:
        text = path.read_text()
        assert text.count('method="post"') <= len(re.findall(r"ui\.csrf\(csrf_token\)", text)), path.name


def test_every_model_is_known_to_change_or_only_to_grow():
    ours = {
        f"{model._meta.app_label}.{model.__name__}"
        for config in apps.get_app_configs()
        if config.name.startswith("commonweal.web.") and config.label not in OF_OTHERS
        for model in config.get_models()
    }
    assert ours == APPEND_ONLY | CHANGES


def test_rows_that_only_grow_are_never_saved_again_or_deleted():
    names = {name.split(".")[1] for name in APPEND_ONLY}
    for path in sorted(WEB.rglob("*.py")):
        if "migrations" in path.parts:
            continue
        text = path.read_text()
        for name in names:
            assert not re.search(rf"\b{name}\.objects[^\n]*\.(update|delete)\(", text), f"{path}: {name}"


def test_templates_escape_what_people_type():
    from django.template import engines

    shown = engines.all()[0].from_string("{{ words }}").render({"words": "<script>alert(1)</script>"})
    assert "<script>" not in shown


def test_every_link_of_the_frame_leads_somewhere():
    from django.urls import reverse

    from commonweal.web.core.apps import SiteApp

    for config in apps.get_app_configs():
        if isinstance(config, SiteApp) and config.label not in OF_OTHERS:
            assert all(reverse(item.url_name) for item in (*config.navigation, *config.footer))
