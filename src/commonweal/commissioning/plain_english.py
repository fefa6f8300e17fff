"""A check of plain English: long sentences, words to avoid, and abbreviations that nobody explained.

Sentences of at most 25 words and the words to avoid follow the GOV.UK style guide. It points out and changes nothing: a person
decides, and a term of law or medicine may have to stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

LONGEST_SENTENCE = 25
INSTEAD = {
    "utilise": "use",
    "utilisation": "use",
    "facilitate": "help",
    "leverage": "use",
    "robust": "say what makes it strong",
    "streamline": "say what becomes simpler",
    "stakeholders": "name who they are",
    "empower": "let, or give",
    "incentivise": "encourage",
    "going forward": "from now on, or leave it out",
    "overarching": "main, or leave it out",
    "holistic": "whole",
    "synergies": "say what works better together",
    "deliverables": "say what will be there",
    "paradigm": "leave it out",
    "cohort": "group of people",
    "commence": "start",
    "prior to": "before",
    "in order to": "to",
    "with regard to": "about",
    "at pace": "say by when",
    "wrap around": "say who helps",
    "service user": "person, or patient",
    "service users": "people, or patients",
}
KNOWN_TO_ALL = frozenset({"NHS", "GP", "GPS", "UK", "BBC", "PDF", "MP", "MPS", "TV", "OK"})
_WORD = re.compile(r"[A-Za-z’'-]+")
_CAPITALS = re.compile(r"\b[A-Z][A-Z&]{1,6}s?\b")
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")


@dataclass(frozen=True)
class Finding:
    """One thing to look at: what it is, the words, and what to do."""

    kind: str
    words: str
    remedy: str


def check(text: str, *, explained: Iterable[str] = ()) -> tuple[Finding, ...]:
    """Findings in the order of the text's sentences; each word and abbreviation is named once.

    `explained` are abbreviations that stand in a glossary beside the text. One that the text itself spells out before brackets,
    as in "primary care network (PCN)", is explained too.
    """
    known = {one.upper() for one in explained} | KNOWN_TO_ALL
    known |= {one.strip("()").upper() for one in re.findall(r"\([A-Z][A-Z&]{1,6}s?\)", text)}
    made: list[Finding] = []
    said: set[str] = set()
    for sentence in filter(str.strip, _SENTENCE.split(text)):
        made += _sentence(sentence.strip())
        for found in (*_avoid(sentence), *_abbreviations(sentence, known)):
            if found.words not in said:
                said.add(found.words)
                made.append(found)
    return tuple(made)


def _sentence(sentence: str) -> list[Finding]:
    words = _WORD.findall(sentence)
    if len(words) <= LONGEST_SENTENCE:
        return []
    start = " ".join(sentence.split()[:8])
    return [Finding("long sentence", f"{start} … ({len(words)} words)", "say it in two sentences")]


def _avoid(sentence: str) -> list[Finding]:
    text = sentence.lower()
    return [
        Finding("word to avoid", words, instead)
        for words, instead in INSTEAD.items()
        if re.search(rf"\b{re.escape(words)}\b", text)
    ]


def _abbreviations(sentence: str, known: set[str]) -> list[Finding]:
    found = dict.fromkeys(_CAPITALS.findall(sentence))
    return [
        Finding("abbreviation", one, "spell it out the first time")
        for one in found
        if one.upper() not in known and one.removesuffix("s").upper() not in known
    ]


def words_per_sentence(text: str) -> float | None:
    """The mean length of the sentences; None for no text."""
    lengths = [len(_WORD.findall(part)) for part in _SENTENCE.split(text) if part.strip()]
    return sum(lengths) / len(lengths) if lengths else None
