"""Ranges of people two at a time, each on a connection of its own.

A range of some 50,000 people and a few columns is many small steps, and most of them use one core: with two under way the other
is used too. A plan of many columns needs the memory for itself, and its steps are long enough to use every core.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace

from commonweal.engine.attributes import COLUMNS
from commonweal.engine.cache import CachedColumns
from commonweal.engine.duckdb_backend import DuckDBBackend
from commonweal.engine.plan import Plan
from commonweal.engine.rows_sql import Context
from commonweal.engine.views import BucketResult

FEW_COLUMNS = 60
"""Stored columns of a plan up to which two ranges are computed at once."""


@dataclass(frozen=True)
class Ran:
    """The result of one range, and the backend that still holds its rows."""

    result: BucketResult
    backend: DuckDBBackend
    context: Context


def run_ranges(
    backend: DuckDBBackend,
    plan: Plan,
    cached: CachedColumns | None = None,
    attributes: Iterable[str] = COLUMNS,
) -> Iterator[Ran]:
    """The whole plan, range by range in their order; see `DuckDBBackend.run_bucket`.

    Rows of a range are held until the next one is asked for.
    """
    with ExitStack() as open_ones:
        backends = [backend]
        if len(plan.columns) <= FEW_COLUMNS and (os.cpu_count() or 1) > 1 and len(backend.record.buckets) > 1:
            other = open_ones.enter_context(replace(backend, threads=max(1, backend.threads // 2)))
            other.books = backend.books
            backends.append(other)
        contexts = [one.prepare(plan) for one in backends]
        pool = open_ones.enter_context(ThreadPoolExecutor(len(backends)))
        waiting = iter(backend.record.buckets)
        under_way: deque[tuple[int, Future[BucketResult]]] = deque()

        def begin(place: int) -> None:
            bucket = next(waiting, None)
            if bucket is not None:
                run = backends[place].run_bucket
                under_way.append((place, pool.submit(run, plan, contexts[place], bucket, cached, attributes)))

        for place in range(len(backends)):
            begin(place)
        while under_way:
            place, future = under_way.popleft()
            yield Ran(future.result(), backends[place], contexts[place])
            begin(place)


__all__ = ["Ran", "run_ranges"]
