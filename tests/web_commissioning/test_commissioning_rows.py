"""Every table of plans either changes or only grows; a new one fails until somebody decides."""

import re
from pathlib import Path

from django.apps import apps

from commonweal.web import commissioning

ONLY_GROWS = {
    "IntentionVersion", "StateChange", "Signature", "Notice", "TargetChange", "Reading", "Decision", "Modification",
    "ImpactTerm", "MilestoneChange", "Review",
}  # fmt: skip
CHANGES = {
    "Intention", "Link", "Succession", "Target", "Milestone", "Response", "Feedback", "Event", "Assessment", "Consultation",
    "Procurement", "Representation", "Interest", "Contract", "Assumption", "Effect", "WeightSet", "Score", "Paper",
    "ScoredProvider", "Board", "BoardEntry", "ReviewedRecord",
}  # fmt: skip


def test_every_table_is_known_to_change_or_only_to_grow():
    # many-to-many tables are Django's own
    ours = {model.__name__ for model in apps.get_app_config("commissioning").get_models()}
    assert ours == ONLY_GROWS | CHANGES
    assert not ONLY_GROWS & CHANGES


def test_rows_that_only_grow_are_never_updated_or_deleted():
    for path in sorted(Path(commissioning.__file__).parent.rglob("*.py")):
        if "migrations" in path.parts:
            continue
        text = path.read_text()
        for name in ONLY_GROWS:
            assert not re.search(rf"\b{name}\.objects[^\n]*\.(update|delete|update_or_create)\(", text), (
                f"{path}: {name}"
            )
