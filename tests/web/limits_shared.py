"""Processes of the site that count attempts together: what each says, for SQLite and PostgreSQL alike."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
START = """
import sys
import django
from django.conf import settings
from commonweal.web.settings import base
settings.CACHES = base.CACHES
django.setup()
"""
MAKE = """
from django.core.management import call_command
call_command("migrate", verbosity=0)
from commonweal.web.accounts.models import User
User.objects.create_user("slow@example.nhs.uk", "S", "a long enough passphrase")
"""
SIGN_IN = """
from django.test import Client
from django.urls import reverse
for password in sys.argv[1:]:
    answer = Client().post(reverse("account_login"), {"login": "slow@example.nhs.uk", "password": password})
    print("in" if answer.status_code == 302 else "out")
"""
CONSUME = """
from allauth.core.internal.ratelimit import consume
from django.test import RequestFactory
request = RequestFactory().post("/")
ask = dict(app="test", action="together", config={"together": "10/h/key"}, key="one")
print(sum(bool(consume(request, **ask)) for _ in range(25)))
"""


def start(script: str, folder: Path, url: str, *arguments: str) -> subprocess.Popen:
    """One process on the database at `url`, or on SQLite in `folder` where it is empty."""
    environment = {
        **os.environ, "PYTHONPATH": str(ROOT / "src"), "TMPDIR": str(folder), "COMMONWEAL_STORE": str(folder / "store"),
        "COMMONWEAL_TEST_DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "commonweal.web.settings.test",
    }  # fmt: skip
    return subprocess.Popen(
        [sys.executable, "-c", START + script, *arguments],
        env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def said(process: subprocess.Popen) -> list[str]:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err[-3000:]
    return out.split()


def processes_count_together(folder: Path, url: str = "") -> None:
    """Guesses in one process stop the right passphrase in the next; and no two at once pass a limit."""
    right = "a long enough passphrase"
    said(start(MAKE, folder, url))
    assert said(start(SIGN_IN, folder, url, right)) == ["in"]
    said(start(SIGN_IN, folder, url, "guess 1", "guess 2", "guess 3"))
    assert said(start(SIGN_IN, folder, url, "guess 4", "guess 5", right)) == ["out", "out", "out"]
    both = [start(CONSUME, folder, url) for _ in range(2)]
    assert sum(int(said(one)[0]) for one in both) == 10
