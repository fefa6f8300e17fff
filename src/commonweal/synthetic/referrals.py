"""Electronic referrals (e-Referral Service): one row for each action on a request from a practice to a trust.

Every first appointment that a practice asked for has its request here, with the same practice, trust and priority; some requests come to
nothing, and some still wait. All draws have a stream of their own, so that no other feed moves. Shares and waits are **general knowledge,
unverified**, or invented where they say so.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import pyarrow as pa

from commonweal.synthetic.draw import Bools, Ints, clock, pick
from commonweal.synthetic.events import practice_at
from commonweal.synthetic.inpatients import Inpatients
from commonweal.synthetic.reference import TRUSTS
from commonweal.synthetic.settings import NEVER
from commonweal.synthetic.writing import choose, dates, moments, prefixed, text

SOURCE = "ers.ers"
"""The service's own record of a person: its number is the one that the demographics service verified."""
GP_SHARE = 0.58
"""Of first appointments, those that a practice asked for; as `outpatients` draws them."""
PRIORITIES = (0.83, 0.11, 0.06)
PRIORITY_CODES, PRIORITY_WORDS = ["1", "2", "3"], ["Routine", "Urgent", "Two Week Wait"]
"""The Data Dictionary's priority type codes; the field list names the column and not its values."""
TWO_WEEKS_KEPT = 0.80
"""Of urgent suspected cancer requests, those seen within 14 days (England 2022-23, general knowledge)."""
COME_TO_NOTHING = {
    "Request returned with advice": 0.05,
    "Request rejected": 0.03,
    "Request cancelled by referrer": 0.02,
}
"""For each request that is seen, how many are not, and how they end (invented shares and words)."""
BOOKED, CREATED, MISSED, CANCELLED = (
    "Appointment booked",
    "Request created",
    "Appointment not attended",
    "Appointment cancelled",
)
WORDS = [CREATED, BOOKED, MISSED, CANCELLED, *COME_TO_NOTHING]
"""`ACTION_DESC`; the codes of actions are not published with the field list, and `ACTION_CD` is left empty."""
SURGERY = [0] * 8 + [8, 12, 12, 10, 6, 8, 10, 10, 8, 5] + [0] * 6


@dataclass(frozen=True)
class Requests:
    """Requests, one a row: the person's row, days, practice, trust and priority by position, and what became of the appointment."""

    row: Ints
    started: Ints
    appointment: Ints
    """Day of the first appointment; NEVER where there is none yet, or none at all."""
    trust: Ints
    priority: Ints
    outcome: Ints
    """Position in `WORDS` of the last action; 0 where none followed the request, 1 where the appointment was kept."""

    @staticmethod
    def join(parts: list[Requests]) -> Requests:
        """All of them, in order."""
        return Requests(*(np.concatenate([getattr(part, one.name) for part in parts]) for one in fields(Requests)))

    def __len__(self) -> int:
        return len(self.row)


class Referrals:
    """Gathers a chunk's first appointments, and writes the requests behind them."""

    def __init__(self, inpatients: Inpatients) -> None:
        self.home, self.settings, self.people = inpatients, inpatients.settings, inpatients.people
        self.rng = np.random.default_rng([self.settings.seed, 36, int(self.people.person[0])])
        self.parts: list[Requests] = []

    def seen(self, trust: int, rows: Ints, days: Ints, referred: Ints, priority: Ints, status: Ints) -> None:
        """First appointments at one trust that a practice asked for, as its outpatient feed shows them."""
        kept = np.isin(status, (5, 6))
        outcome = np.where(kept, 1, np.where(np.isin(status, (3, 7)), 2, 3))
        started = self._started(rows, days, referred, priority)
        self.parts.append(Requests(rows, started, days, np.full(len(rows), trust), priority, outcome))

    def waiting(self, rows: Ints, days: Ints, referred: Ints, trust: Ints) -> None:
        """Pathways whose first appointment lies after the window: those that a practice asked for, and asked for by then."""
        asked = self.rng.random(len(rows)) < GP_SHARE
        priority = pick(self.rng, PRIORITIES, len(rows))
        started = self._started(rows, days, referred, priority)
        mine = np.flatnonzero(asked & (started < self.settings.end) & (started < self.people.until()[rows]))
        never = np.full(len(mine), NEVER)
        self.parts.append(
            Requests(rows[mine], started[mine], never, trust[mine], priority[mine], np.zeros(len(mine), np.int64))
        )

    def _started(self, rows: Ints, days: Ints, referred: Ints, priority: Ints) -> Ints:
        """The day of the request: a routine one as the hospital's pathway has it, an urgent one nearer to its appointment."""
        count = len(days)
        in_time = self.rng.random(count) < TWO_WEEKS_KEPT
        two_weeks = np.where(in_time, self.rng.integers(4, 15, count), self.rng.integers(15, 36, count))
        urgent = np.round(self.rng.gamma(3.0, 12, count)).astype(np.int64) + 4
        asked = np.select(
            [priority == 2, priority == 1], [days - two_weeks, np.maximum(referred, days - urgent)], referred
        )
        return np.maximum(asked, self.people.birth[rows])  # the hospital's pathway of a baby may begin before the birth

    def _nothing_came(self, made: Requests) -> Requests:
        """Further requests, drawn from the same people and trusts, that ended without an appointment."""
        rng = self.rng
        which = np.flatnonzero(rng.random(len(made)) < sum(COME_TO_NOTHING.values()))
        started = made.started[which] + rng.integers(-200, 200, len(which))
        row = made.row[which]
        good = (started >= self.settings.start) & (started < self.settings.end - 21)
        good &= (started < self.people.until()[row]) & (started >= self.people.birth[row])
        outcome = 4 + pick(rng, list(COME_TO_NOTHING.values()), len(which))
        return Requests(
            row[good], started[good], np.full(good.sum(), NEVER), made.trust[which][good],
            np.zeros(good.sum(), np.int64), outcome[good],
        )  # fmt: skip

    def write(self) -> None:
        """All requests of the window, action by action."""
        made = Requests.join(self.parts)
        made = Requests.join([made, self._nothing_came(made)])
        inside = np.flatnonzero(made.started >= self.settings.start)
        made = Requests(*(getattr(made, one.name)[inside] for one in fields(Requests)))
        booked = made.appointment < NEVER
        asked = np.minimum(made.started + 1 + made.priority % 2, made.appointment)
        ended = made.outcome >= 2
        end = np.where(booked, made.appointment, made.started + 3 + self.rng.integers(0, 14, len(made)))
        steps: list[tuple[Ints, Ints, Ints]] = [(np.arange(len(made)), np.zeros(len(made), np.int64), made.started)]
        steps.append((np.flatnonzero(booked), np.ones(booked.sum(), np.int64), asked[booked]))
        steps.append((np.flatnonzero(ended), made.outcome[ended], end[ended]))
        of, what, day = (np.concatenate(column) for column in zip(*steps, strict=True))
        order = np.lexsort((what, day, of))
        self._actions(made, of[order], what[order], day[order])

    def _number(self, name: str, count: int) -> Ints:
        begin = self.home.serial.get(name, 0)
        self.home.serial[name] = begin + count
        return np.arange(begin + 1, begin + count + 1)

    def _actions(self, made: Requests, of: Ints, what: Ints, day: Ints) -> None:
        people, book, rows = self.people, self.home.book, made.row[of]
        request = self._number("ers_request", len(made))[of]
        identity = book.fields(SOURCE, rows, np.zeros(len(rows), np.int64))
        practice = choose(book.practice_codes, practice_at(self.home.planted, people.practice[rows], made.started[of]))
        shown: Bools = what == 0  # an appointment stands on every action but the first, where there is one
        minute, slot = clock(self.rng, len(of), SURGERY), clock(self.rng, len(made), SURGERY)[of]
        appointment = np.where(shown, NEVER, made.appointment[of])
        ubrn = prefixed("0000", request + 10_000_000)
        self.home.feeds.write("ers/ebsx02UBRNAction", {
            "UBRN_ID": text(request), "UBRN": ubrn, "INITIAL_UBRN": ubrn, "ACTION_ID": text(self._number("ers_action", len(of))),
            "ACTION_DT_TM": moments(day, minute), "ACTION_DESC": choose(WORDS, what),
            "E_REFERRAL_PATHWAY_START": dates(made.started[of]), "APPT_DT_TM": _moments(appointment, slot),
            "PRIORITY_CD": choose(PRIORITY_CODES, made.priority[of]), "PRIORITY_DESC": choose(PRIORITY_WORDS, made.priority[of]),
            "REFERRING_ORG_ID": practice, "PROVIDER_ORG_ID": choose(list(TRUSTS), made.trust[of]),
            "PATIENT_ID": identity["local"], "NHS_NUMBER": identity["number"],
            "PATIENT_AGE": np.maximum((made.started[of] - people.birth[rows]) // 365.2425, 0).astype(np.int64),
            "PATIENT_SEX_DESC": choose(["Male", "Female"], people.woman[rows]), "TEST_PATIENT_IND": "N",
            "PATIENTS_LSOA": identity["lsoa21"], "PATIENTS_REG_GP_PRACTICE_ID": practice,
        })  # fmt: skip


def _moments(days: Ints, minutes: Ints) -> pa.Array:
    """Dates and times; null where the day is NEVER."""
    known = days < NEVER
    value = (np.where(known, days, 0).astype(np.int64) * 1440 + minutes) * 60
    return pa.array(value, mask=~known).cast(pa.timestamp("s"))
