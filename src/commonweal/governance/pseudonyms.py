"""Pseudonyms: HMAC-SHA256 tokens, keyed for each purpose, in SQL over millions of rows.

The space of NHS numbers is only 10**9, so a plain hash of one can be searched in seconds; a token needs a secret. Three
constructions, all from SHA-256, all computed by DuckDB without leaving SQL:

*Pseudonym* (given out with data): HMAC-SHA256 (RFC 2104) under the purpose's key over ``purpose``, 0x1F, value; the
first 128 bits in hexadecimal after the key's version, as ``v2_9f…``. Tokens of two purposes, or of two versions of one
key, cannot be joined without the keys.

*Serving key* (the `person_key` of a planning or research file): the first 63 bits of the same HMAC over ``serving``, 0x1F,
purpose, 0x1F, person_id, a non-negative BIGINT. Neither two files nor a file and a given-out pseudonym share a token.

*Row key* (never leaves the store): the first 63 bits of SHA-256(secret, 0x1F-joined parts), a non-negative BIGINT.
Among n keys of one kind the chance of any collision is about n**2 / 2**64: 5 in a million for 10 million subjects,
2 in 10,000 for 60 million contacts. Cutting the digest to 63 bits removes the length extension that a keyed prefix
would otherwise allow. The subject key is never rotated: stored links hang on it.
"""

from __future__ import annotations

import hashlib
import hmac

import duckdb

from commonweal.governance.keys import SUBJECT, KeyRing

SEPARATOR = "\x1f"
TOKEN_BITS = 128
SERVING = "serving"
_BLOCK = 64
_HMAC = (
    "sha256(getvariable('pseudonym_outer') || unhex(sha256(getvariable('pseudonym_inner') "
    "|| encode(getvariable('pseudonym_lead') || CAST(value AS VARCHAR)))))"
)
"""HMAC (RFC 2104) of the macro argument ``value``, in hexadecimal, under the key that `_set_secret` holds."""


def pseudonym(keys: KeyRing, purpose: str, value: str, version: int | None = None) -> str:
    """The token of `value` (a person_id or an identifier) for one purpose."""
    key = keys.key(purpose, version)
    digest = hmac.new(key.secret, f"{purpose}{SEPARATOR}{value}".encode(), hashlib.sha256).hexdigest()
    return f"v{key.version}_{digest[: TOKEN_BITS // 4]}"


def install_pseudonyms(
    connection: duckdb.DuckDBPyConnection, keys: KeyRing, purpose: str, version: int | None = None
) -> None:
    """Give this connection the macro ``pseudonym(value)`` for one purpose; equal to `pseudonym`. Null gives null.

    A cursor is a session of its own: install there too.
    """
    key = keys.key(purpose, version)
    _set_secret(connection, key.secret, f"{purpose}{SEPARATOR}")
    connection.execute(
        f"CREATE OR REPLACE TEMP MACRO pseudonym(value) AS 'v{key.version}_' || left({_HMAC}, {TOKEN_BITS // 4})"
    )


def serving_key(keys: KeyRing, purpose: str, person_id: str) -> int:
    """The key of one person in one purpose's serving file: equal to the SQL macro of `install_serving_keys`."""
    text = SEPARATOR.join((SERVING, purpose, person_id))
    digest = hmac.new(keys.key(purpose).secret, text.encode(), hashlib.sha256).hexdigest()
    return int(digest[:16], 16) >> 1


def install_serving_keys(connection: duckdb.DuckDBPyConnection, keys: KeyRing, purpose: str) -> None:
    """Give this connection the macro ``serving_key(person_id)`` for one purpose. A cursor needs its own call."""
    _set_secret(connection, keys.key(purpose).secret, SEPARATOR.join((SERVING, purpose, "")))
    connection.execute(
        f"CREATE OR REPLACE TEMP MACRO serving_key(value) AS "
        f"CAST(CAST('0x' || left({_HMAC}, 16) AS UBIGINT) >> 1 AS BIGINT)"
    )


def _set_secret(connection: duckdb.DuckDBPyConnection, secret: bytes, lead: str) -> None:
    """Hold a key and what is put before every value in session variables: they stand in no query text, plan or error."""
    padded = secret.ljust(_BLOCK, b"\0")
    connection.execute("SET VARIABLE pseudonym_inner = $1", [bytes(byte ^ 0x36 for byte in padded)])
    connection.execute("SET VARIABLE pseudonym_outer = $1", [bytes(byte ^ 0x5C for byte in padded)])
    connection.execute("SET VARIABLE pseudonym_lead = $1", [lead])


def row_key(keys: KeyRing, kind: str, *parts: str) -> int:
    """The 63-bit key of one source row: equal to the SQL macros of `install_row_keys`."""
    text = SEPARATOR.join((kind, *(part.strip() for part in parts)))
    digest = hashlib.sha256(keys.key(SUBJECT).secret + text.encode()).hexdigest()
    return int(digest[:16], 16) >> 1


def install_row_keys(connection: duckdb.DuckDBPyConnection, keys: KeyRing) -> None:
    """Give this connection two macros that return a non-negative BIGINT, null where an argument is null.

    ``subject_key(namespace, local_identifier)``: one source's idea of one person.
    ``row_key(kind, namespace, local_identifier)``: a contact, referral, pathway or package; `kind` keeps them apart.

    Arguments are cast to text and trimmed. Constants and columns both work. A cursor needs its own call.
    """
    connection.execute("SET VARIABLE row_key_secret = $1", [keys.key(SUBJECT).secret])
    connection.execute("""
        CREATE OR REPLACE TEMP MACRO row_key(kind, namespace, local_identifier) AS
            CAST(CAST('0x' || left(sha256(getvariable('row_key_secret') || encode(
                CAST(kind AS VARCHAR) || chr(31) || trim(CAST(namespace AS VARCHAR)) || chr(31)
                || trim(CAST(local_identifier AS VARCHAR)))), 16) AS UBIGINT) >> 1 AS BIGINT)
    """)
    connection.execute("""
        CREATE OR REPLACE TEMP MACRO subject_key(namespace, local_identifier) AS
            row_key('subject', namespace, local_identifier)
    """)
