"""Why somebody is taken off a list. Coded, so that outcomes can be counted; the note is for the next reader."""

from __future__ import annotations

DECLINE_REASONS: dict[str, str] = {
    "patient_declined": "The patient does not want it",
    "not_appropriate": "Not right for this patient",
    "already_done": "Already done; the record is behind",
    "record_wrong": "The record is wrong",
    "palliative": "Receiving palliative care",
    "moved_away": "No longer our patient",
    "no_contact": "Could not be reached",
}
