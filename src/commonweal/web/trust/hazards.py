"""Intended purpose, misuse and hazards, as the clinical safety officer keeps them.

The hazards are those that the field names for lists, scores and alerts (DCB0129 asks the manufacturer for such a log; a
deploying organisation adds its own under DCB0160). Each says what holds it and where that can be checked.
"""

from __future__ import annotations

from dataclasses import dataclass

INTENDED_PURPOSE = (
    "To show organisations of an integrated care system one linked record of the people they serve, who may need a check "
    "or a review, how services vary, and what was done. A person decides about every person shown."
)
NOT_FOR = (
    "Deciding about treatment by itself: nothing here triggers care, refuses it, or replaces reading the clinical record.",
    "Emergency care from the timeline alone: feeds arrive late, and the date of each is on the page of this release.",
    "Ranking practices or staff by one number: look at the funnel and the control chart, which show what is chance.",
    "Working from a bare score: a risk list without an action has raised admissions in published trials.",
    "Finding people for any purpose other than their care, or numbers about people who can be recognised from them.",
)


@dataclass(frozen=True)
class Hazard:
    """What could go wrong for a patient, and what holds it."""

    name: str
    could: str
    held_by: str


HAZARDS = (
    Hazard(
        "Two people joined as one",
        "A person is treated on somebody else's history.",
        "Only verified NHS numbers join without further evidence; doubtful pairs wait in a review queue; why any two "
        "records were joined can be asked; people can be parted again for good.",
    ),
    Hazard(
        "One person kept as two",
        "Half of a history is missing: somebody is called for what was done, or an allergy or a result is not seen.",
        "Pairs that may be one person wait in the review queue; a look at the clinical record comes before any decision.",
    ),
    Hazard(
        "A feed that stopped is shown as current",
        "Somebody is called for a test that they have had, or not called because nothing new arrived.",
        "Every page says the date of its data; a feed that fails its gate is shown as excluded, never as zero.",
    ),
    Hazard(
        "A person who objected disappears from care",
        "Opt-outs from planning hide a patient from a list for their own care.",
        "Opt-outs are applied by purpose; direct care reads a build of its own from which no opt-out removes anybody.",
    ),
    Hazard(
        "Codes drift",
        "A codelist changes and people silently leave a register.",
        "Codelists are pinned by version and hash; a release says what changed since the one before.",
    ),
    Hazard(
        "A unit is not converted",
        "A value in another unit looks dangerous, or safe.",
        "Values outside plausible bounds are quarantined with their reason; units are converted by rule when they land.",
    ),
    Hazard(
        "A rule changes unseen",
        "People appear on or leave a list because its definition changed, not because they did.",
        "Definitions are versioned, reviewed by a date, and tested with worked patients at every change.",
    ),
    Hazard(
        "Somebody who needs care is on no list",
        "Not being listed is read as being well, where a code was never entered or its official set is not held.",
        "Each definition says which sets are missing, what stands in for them and who checked it; one without a sound "
        "substitute is not computed. Being on no list says nothing about a person.",
    ),
    Hazard(
        "A list is taken for an alarm",
        "A dangerous reading or an unsafe prescription waits for the next release.",
        "Lists say the date of their data, and those of dangerous readings say that they do not replace acting on the day.",
    ),
    Hazard(
        "A score is used where it does not hold",
        "A low figure in somebody whom the score was not made for is read as low risk.",
        "A score is given only within the ages that it states; what it was validated for stands beside it.",
    ),
    Hazard(
        "The wrong person is opened or marked",
        "Somebody is called off a list, or looked up, in place of another of the same name.",
        "Age, sex and NHS number stand beside each name; every mark can be taken back, and is in the audit.",
    ),
    Hazard(
        "Too many reminders",
        "Long lists are ignored, and the person who matters with them.",
        "Each list has a capacity; people who were seen, declined or are being seen elsewhere are folded away.",
    ),
    Hazard(
        "A confidential item is shown",
        "A person is harmed by what somebody reads.",
        "What the source marked confidential is withheld, and the page says that something is withheld.",
    ),
)
