"""Names that are checked when they are written: an unknown one is refused with the nearest that exists."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from typing import NoReturn

from commonweal.errors import BadInput


def check_name(name: str, known: Iterable[str], what: str, where: str = "") -> str:
    """`name`, if it is one of `known`; otherwise BadInput names the nearest."""
    known = list(known)
    if name in known:
        return name
    near = difflib.get_close_matches(str(name), known, n=3, cutoff=0.5)
    if near:
        remedy = f"did you mean {' or '.join(repr(one) for one in near)}?"
    else:
        remedy = f"use one of: {', '.join(sorted(known)[:40])}"
    raise BadInput(f"there is no {what} called {name!r}", where=where, value=name, remedy=remedy)


def refuse_attribute(held: object, name: str, what: Callable[[], str]) -> NoReturn:
    """For `__getattr__`: an attribute that `held` has not, refused with the nearest that it has.

    `what` it would be is asked late: while a copy is being made, `held` has no attributes yet.
    """
    if name.startswith("_"):
        raise AttributeError(name)
    check_name(name, [one for one in dir(held) if not one.startswith("_")], what())
    raise AttributeError(name)
