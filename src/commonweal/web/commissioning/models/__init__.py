"""State of the commissioning app. What a row means is in `commonweal.commissioning`; here is what the database holds."""

from commonweal.web.commissioning.models.engagement import Assessment, Consultation, Event, Feedback, Response
from commonweal.web.commissioning.models.governance import Board, BoardEntry, Review, ReviewedRecord
from commonweal.web.commissioning.models.intentions import (
    Intention,
    IntentionVersion,
    Link,
    Notice,
    Signature,
    StateChange,
    Succession,
)
from commonweal.web.commissioning.models.money import Assumption, Decision, Effect, ImpactTerm, Score, WeightSet
from commonweal.web.commissioning.models.papers import Paper
from commonweal.web.commissioning.models.procurement import (
    Contract,
    Interest,
    Modification,
    Procurement,
    Representation,
    ScoredProvider,
)
from commonweal.web.commissioning.models.targets import Milestone, MilestoneChange, Reading, Target, TargetChange

__all__ = [
    "Assessment",
    "Assumption",
    "Board",
    "BoardEntry",
    "Consultation",
    "Contract",
    "Decision",
    "Effect",
    "Event",
    "Feedback",
    "ImpactTerm",
    "Intention",
    "IntentionVersion",
    "Interest",
    "Link",
    "Milestone",
    "MilestoneChange",
    "Modification",
    "Notice",
    "Paper",
    "Procurement",
    "Reading",
    "Representation",
    "Response",
    "Review",
    "ReviewedRecord",
    "Score",
    "ScoredProvider",
    "Signature",
    "StateChange",
    "Succession",
    "Target",
    "TargetChange",
    "WeightSet",
]
