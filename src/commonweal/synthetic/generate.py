"""Makes the invented system: chunk by chunk of whole practices, each feed appended as it goes.

The same settings give the same bytes. A chunk's draws come from the seed and the chunk's number, so that memory does not grow with size.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from commonweal import __version__
from commonweal.errors import BadInput
from commonweal.synthetic import (
    aftercare,
    conditions,
    contracts,
    demographics,
    events,
    further,
    gp,
    population,
    risk,
    truth,
)
from commonweal.synthetic.emergency import Emergency
from commonweal.synthetic.gp_further import FurtherRecord
from commonweal.synthetic.inpatients import Inpatients, join
from commonweal.synthetic.ledger import Ledger
from commonweal.synthetic.out_of_hospital import Outside
from commonweal.synthetic.outpatients import Outpatients
from commonweal.synthetic.primary_care import PrimaryCare
from commonweal.synthetic.reference import Reference, load, settings_file
from commonweal.synthetic.settings import Settings
from commonweal.synthetic.sources import Defects, Numbers, SourceBook, issue_numbers
from commonweal.synthetic.waiting import Waiting
from commonweal.synthetic.writing import Feeds

Progress = Callable[[int, int, str], None]
MARKER = "INVENTED"
MARKER_TEXT = "Every person and every event in this folder is invented. See README.md.\n"


@dataclass
class _Run:
    """What all chunks share."""

    settings: Settings
    reference: Reference
    feeds: Feeds
    numbers: Numbers
    defects: Defects
    planted: events.Organisations
    quality: gp.Practices
    takes_part: np.ndarray
    ledger: Ledger
    serial: dict[str, int]
    schemes: truth.SchemeTotals


def chunks(reference: Reference, target: int) -> list[np.ndarray]:
    """Rows of the practice table, in sets of about `target` people."""
    people = np.cumsum(reference.practices.people.to_numpy())
    number = (people - 1) // target
    return [np.flatnonzero(number == value) for value in np.unique(number)]


def _prepare(out: Path, settings: Settings) -> None:
    if out.exists() and any(out.iterdir()) and not (out / MARKER).exists():
        raise BadInput(
            "the folder is not empty and is not an invented system",
            where=str(out),
            remedy="name an empty or a new folder",
        )
    if out.exists():
        shutil.rmtree(out)
    out.mkdir(parents=True)
    (out / MARKER).write_text(MARKER_TEXT, encoding="utf-8")
    (out / "site.yaml").write_text(truth.site_configuration(settings), encoding="utf-8")


def generate(settings: Settings, out: Path, progress: Progress | None = None) -> dict[str, Any]:
    """Write the whole system under `out` (replaced if it is an earlier one); returns a summary."""
    started = time.monotonic()
    _prepare(out, settings)
    reference = load(settings.size)
    mix = settings_file("casemix.yaml")
    specialties = [item["tfc"] for rows in mix.values() for item in rows if "tfc" in item]
    people = int(np.round(reference.practices.people.to_numpy() * 1.035).astype(int).sum())
    run = _Run(
        settings, reference, Feeds(out, settings.size.pseudonymised), issue_numbers(settings, people), Defects(),
        events.organisations(reference), gp.practice_quality(settings, len(reference.practices)),
        np.random.default_rng([settings.seed, 13]).random(len(reference.practices)) < 0.5,
        Ledger(settings, [*specialties, "180"]), {}, truth.SchemeTotals(),
    )  # fmt: skip
    sets = chunks(reference, settings.size.chunk_people)
    first = 0
    for number, practices in enumerate(sets):
        first += _chunk(run, number, practices, first)
        if progress:
            progress(number + 1, len(sets), f"{first:,} people")
    planted = contracts.write(np.random.default_rng([settings.seed, 14]), settings, run.feeds, run.ledger)
    run.feeds.close()
    return truth.finish(
        out,
        settings,
        reference,
        run.feeds,
        run.defects,
        run.planted,
        planted,
        run.schemes,
        first,
        time.monotonic() - started,
        __version__,
    )


def _chunk(run: _Run, number: int, practices: np.ndarray, first: int) -> int:
    settings, reference, feeds = run.settings, run.reference, run.feeds
    seed = int(np.random.default_rng([settings.seed, 1, number]).integers(1 << 40))
    rng = np.random.default_rng([settings.seed, 2, number])
    people = population.make(rng, settings, reference, practices, first)
    conditions.assign(rng, settings, reference, people)
    further.assign(settings, people)
    further.hospital_only(settings, people)
    book = SourceBook(seed, settings, reference, people, run.numbers, run.defects)
    demographics.write(rng, settings, reference, people, run.numbers, feeds, run.planted)
    care = PrimaryCare(rng, settings, people, book, feeds, run.planted, run.serial)
    care.patients()
    recorder = gp.record(rng, settings, people, run.quality)
    FurtherRecord(recorder).write()
    care.observations(recorder.entries)
    care.medicines()
    care.single_issues()
    care.appointments()
    found, schemes = _acute(run, rng, people, book, care)
    outside = Outside(rng, settings, reference, people, book, feeds, run.serial)
    outside.community()
    outside.mental_health()
    outside.social_care()
    truth.write(feeds, settings, reference, people, run.numbers, book, found, schemes, run.planted)
    return len(people)


def _acute(
    run: _Run, rng: np.random.Generator, people: population.People, book: SourceBook, care: PrimaryCare
) -> tuple[risk.Risk, list[risk.Scheme]]:
    """Acute care, with the schemes' enrolment in the middle: it looks at the year before, and changes the year after.

    What general practice does before a birth and after an attack comes at the end, since it follows from the stays.
    """
    settings = run.settings
    found = risk.make(rng, settings, people)
    inpatients = Inpatients(
        rng, settings, run.reference, people, book, run.feeds, run.planted, run.serial, run.ledger
    )  # fmt: skip
    earlier = [inpatients.emergency(found, period, risk.admissions(rng, found, period)) for period in (0, 1)]
    before = np.bincount(inpatients.tidy(earlier[1]).row, minlength=len(people))
    works = risk.proactive_care(rng, settings, people, run.takes_part)
    nothing = risk.frequent_review(rng, settings, people, before)
    nothing.enrolled[works.enrolled < nothing.enrolled] = risk.NEVER
    run.schemes.avoided[works.name] += risk.apply(found, works, people)
    last = inpatients.emergency(found, 2, risk.admissions(rng, found, 2))
    found.future_admissions = risk.future(rng, found)
    spells = inpatients.tidy(join([inpatients.final(), *earlier, last, inpatients.planned()]))
    inpatients.write(spells)
    emergency = Emergency(inpatients)
    emergency.write(spells)
    aftercare.write(settings, people, care, spells, emergency.asthma)
    Outpatients(inpatients).write()
    Waiting(inpatients).write()
    run.schemes.count(settings, people, spells, [works, nothing])
    return found, [works, nothing]
