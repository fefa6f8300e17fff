"""Identifiers that cannot belong to anyone: NHS numbers of the 999 range, and keyed tokens."""

from __future__ import annotations

from functools import cache

import numpy as np

from commonweal.synthetic.draw import Ints, mix

_WEIGHTS = np.array([10, 9, 8, 7, 6, 5, 4, 3, 2])


def check_digit(first_nine: Ints) -> Ints:
    """NHS number check digit of each nine-digit number; 10 means that the number is never issued (Data Dictionary)."""
    digits = (first_nine[:, None] // 10 ** np.arange(8, -1, -1)) % 10
    rest = 11 - (digits @ _WEIGHTS) % 11
    return np.where(rest == 11, 0, rest)


@cache
def _issued() -> Ints:
    body = np.arange(999_000_000, 1_000_000_000, dtype=np.int64)
    check = check_digit(body)
    return (body * 10 + check)[check != 10]


def nhs_numbers(count: int, seed: int, skip: int = 0) -> Ints:
    """`count` distinct valid NHS numbers of the 999 range, in an order set by the seed."""
    issued = _issued()
    if skip + count > len(issued):
        raise ValueError(f"the 999 range holds {len(issued)} numbers; {skip + count} were asked for")
    order = np.argsort(mix(np.arange(len(issued)), seed), kind="stable")
    return issued[order[skip : skip + count]]


def with_bad_digit(numbers: Ints) -> Ints:
    """The same numbers with a last digit that fails the check."""
    return numbers - numbers % 10 + (numbers % 10 + 3) % 10


def tokens(values: Ints, key: int) -> np.ndarray:
    """A 16-character token for each value, keyed by `key`."""
    table = np.array([f"{byte:02x}" for byte in range(256)], dtype="S2")
    raw = mix(values, key).astype(">u8").view(np.uint8).reshape(-1, 8)
    return np.ascontiguousarray(table[raw]).view("S16").ravel().astype("U16")
