"""What a form about groups and views offers to tick, in the order that somebody looks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonweal.web.core import releases
from commonweal.web.core.actor import Actor
from commonweal.web.leads import own_groups, similar
from commonweal.web.leads.dashboards import dashboards
from commonweal.web.leads.groups import LADDER, OWN, WHOLE, Ladder
from commonweal.web.leads.numbers import PURPOSE

if TYPE_CHECKING:
    from commonweal.engine.answers import DefinitionInfo

Choices = list[tuple[str, str]]


def ladder() -> Ladder:
    """The levels from board to practice in the current release."""
    return Ladder.of(releases.reader(PURPOSE))


def practices() -> list[tuple[str, Choices]]:
    """Practices by borough: (borough, [(code, name)])."""
    found = ladder()
    by_borough: dict[str, Choices] = {}
    for code, (_, _, borough) in found.paths.items():
        by_borough.setdefault(found.name(borough) if borough else "Borough not known", []).append(
            (code, found.name(code))
        )
    return [(name, sorted(rows, key=lambda row: row[1])) for name, rows in sorted(by_borough.items())]


def measures() -> list[tuple[str, Choices]]:
    """Measures by dashboard: (title, [(id, title)]). One that is on several is offered where it comes first."""
    offered: set[str] = set()
    found = []
    for one in dashboards(releases.reader(PURPOSE).definitions()):
        rows = [(info.id, info.title) for info in one.measures if info.id not in offered]
        offered.update(measure_id for measure_id, _ in rows)
        if rows:
            found.append((one.title, rows))
    return found


def definitions() -> list[DefinitionInfo]:
    """Every definition of the release."""
    return releases.reader(PURPOSE).definitions()


def groups(*, by: Actor) -> Choices:
    """Every group that `by` may choose: their own place first, then those put together, then down the ladder."""
    found = ladder()
    start = found.start(by)
    own = [(f"{OWN}:{one.pk}", one.title) for one in own_groups.listed(by=by)]
    rungs: Choices = []
    for kind in LADDER[1:]:
        codes = {row[kind] for row in found.rows() if row[kind]}
        rungs += sorted(((f"{kind}:{code}", found.name(code)) for code in codes), key=lambda row: row[1])
    every = [(":".join(start), found.name(start[1])), (":".join(WHOLE), found.name(WHOLE[1])), *own, *rungs]
    return list(dict(every).items())


def like(practice_code: str) -> tuple[str, list[str]]:
    """A name and the practices for a group of one practice and those most like it; nothing where there are none."""
    reader = releases.reader(PURPOSE)
    found = similar.peers(reader, "practice", practice_code)
    if found is None:
        return "", []
    name = Ladder.of(reader).name(practice_code)
    return f"{name} and its peers"[:120], [practice_code, *(one.code for one in found[1])]
