"""Keys, pseudonyms and row keys: against the standard library's HMAC, and what must never happen to a key."""

from __future__ import annotations

import hashlib
import hmac
import os
import subprocess
import sys

import duckdb
import pytest

from commonweal.errors import BadInput, NotAllowed
from commonweal.governance.keys import KeyRing
from commonweal.governance.pseudonyms import install_pseudonyms, install_row_keys, pseudonym, row_key


@pytest.fixture
def keys(tmp_path):
    return KeyRing(tmp_path / "keys", environment={})


def test_a_key_is_made_once_with_mode_0600_and_stays(keys):
    first = keys.key("research").secret
    assert len(first) == 32
    assert KeyRing(keys.folder, environment={}).key("research").secret == first
    assert (keys.folder / "research.key").stat().st_mode & 0o777 == 0o600
    assert keys.folder.stat().st_mode & 0o077 == 0


def test_two_processes_that_start_together_agree_on_the_key(tmp_path):
    code = (
        "import sys; from pathlib import Path; from commonweal.governance.keys import KeyRing; "
        "print(KeyRing(Path(sys.argv[1]), environment={}).key('planning').secret.hex())"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "keys")], stdout=subprocess.PIPE) for _ in range(4)
    ]
    assert len({process.communicate()[0] for process in started}) == 1


def test_a_key_file_that_others_can_read_is_refused(keys):
    keys.key("research")
    (keys.folder / "research.key").chmod(0o644)
    with pytest.raises(NotAllowed, match="read by others"):
        keys.key("research")


def test_rotation_keeps_the_old_version_and_the_permanent_keys_do_not_rotate(keys):
    old = pseudonym(keys, "research", "p_1")
    keys.rotate("research")
    assert pseudonym(keys, "research", "p_1") != old
    assert pseudonym(keys, "research", "p_1", version=1) == old
    for name in ("subject", "noise"):
        with pytest.raises(NotAllowed, match="cannot be rotated"):
            keys.rotate(name)


def test_the_environment_wins_and_is_not_written(tmp_path):
    keys = KeyRing(tmp_path / "keys", environment={"COMMONWEAL_KEY_RESEARCH": "3:" + "ab" * 32})
    assert keys.key("research").version == 3
    assert not (tmp_path / "keys").exists()
    with pytest.raises(BadInput):
        KeyRing(tmp_path / "keys", environment={"COMMONWEAL_KEY_RESEARCH": "secret"}).key("research")


def test_no_secret_is_shown(keys):
    key = keys.key("research")
    assert key.secret.hex() not in repr(key) + repr(keys)


def test_a_pseudonym_is_rfc_2104_hmac_sha256_cut_to_128_bits(keys):
    secret = keys.key("planning").secret
    expected = hmac.new(secret, b"planning\x1fp_abc", hashlib.sha256).hexdigest()[:32]
    assert pseudonym(keys, "planning", "p_abc") == f"v1_{expected}"


def test_sql_and_python_agree_row_by_row_and_purposes_do_not_join(keys):
    connection = duckdb.connect()
    install_pseudonyms(connection, keys, "research")
    values = ["p_1", "943 476 5919", "Zoë", "", "x" * 200]
    connection.execute("CREATE TABLE v AS SELECT unnest($1::VARCHAR[]) AS value", [values])
    found = dict(connection.execute("SELECT value, pseudonym(value) FROM v").fetchall())
    assert found == {value: pseudonym(keys, "research", value) for value in values}
    assert set(found.values()).isdisjoint(pseudonym(keys, "planning", value) for value in values)
    assert connection.execute("SELECT pseudonym(NULL)").fetchone() == (None,)


def test_row_keys_agree_are_not_negative_and_keep_kinds_and_namespaces_apart(keys):
    connection = duckdb.connect()
    install_row_keys(connection, keys)
    rows = connection.execute(
        "SELECT subject_key('gp', ' 12 '), row_key('contact', 'RYJ', 12), row_key('referral', 'RYJ', 12), "
        "subject_key('gp2', 12), subject_key('gp', NULL)"
    ).fetchone()
    assert rows[0] == row_key(keys, "subject", "gp", "12")
    assert rows[1] == row_key(keys, "contact", "RYJ", "12")
    assert len(set(rows)) == 5
    assert rows[4] is None
    assert all(key >= 0 for key in rows[:4])
    million = connection.execute("SELECT count(DISTINCT subject_key('gp', i)) FROM range(200000) AS t(i)").fetchone()
    assert million == (200_000,)


def test_an_error_in_a_query_does_not_show_the_secret(keys):
    connection = duckdb.connect()
    install_row_keys(connection, keys)
    secret = keys.key("subject").secret
    with pytest.raises(duckdb.Error) as failed:
        connection.execute("SELECT subject_key('gp', i), error('stop') FROM range(2) AS t(i)").fetchall()
    assert secret.hex() not in str(failed.value)
    plan = str(connection.execute("EXPLAIN SELECT subject_key('gp', i) FROM range(2) AS t(i)").fetchall())
    shown = "".join(f"\\x{byte:02X}" for byte in secret[:4])
    assert shown not in plan.upper().replace("\\X", "\\x")
    assert os.environ.get("COMMONWEAL_KEY_SUBJECT") is None
