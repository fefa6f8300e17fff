"""What every command promises a script: ``--store``, ``--json``, one object on standard output and nothing else."""

from __future__ import annotations

import contextlib
import csv
import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from commonweal import cli
from commonweal.commands.shared import command_tree, leaves, run_for_json
from commonweal.definitions.codelists import load
from commonweal.errors import ExitCode


@pytest.fixture(scope="module")
def commands() -> dict[tuple[str, ...], Any]:
    cli._register_commands()
    return leaves(command_tree(cli.app))


def test_every_command_takes_a_store_and_gives_json(commands: dict[tuple[str, ...], Any]) -> None:
    assert {("ingest",), ("define", "run"), ("codelist", "pin"), ("releases", "rollback"), ("demo",)} <= set(commands)
    options = {words: [name for option in leaf.params for name in option.opts] for words, leaf in commands.items()}
    assert {" ".join(words): names for words, names in options.items() if names.count("--store") != 1} == {}
    assert {" ".join(words): names for words, names in options.items() if names.count("--json") != 1} == {}


def test_every_command_says_what_its_store_is(commands: dict[tuple[str, ...], Any]) -> None:
    for words, leaf in commands.items():
        option = next(one for one in leaf.params if "--store" in one.opts)
        assert option.help, words
        assert option.envvar == "COMMONWEAL_STORE", words


def run(store: Path, *words: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "commonweal.cli", *words, "--store", str(store)]
    left_out = ("COMMONWEAL_STORE", "COMMONWEAL_CODELISTS", "DJANGO_SETTINGS_MODULE")
    environment = {name: value for name, value in os.environ.items() if name not in left_out}
    return subprocess.run(line, capture_output=True, text=True, check=False, env=environment, cwd=store.parent)


def one_object(store: Path, *words: str) -> dict[str, Any]:
    """The whole of standard output is one JSON object: anything before or after it is an error here."""
    done = run(store, *words, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    assert len(done.stdout.splitlines()) == 1
    return found


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.mark.parametrize(
    ("words", "keys"),
    [
        ("codelist list", {"codelists"}),
        ("codelist versions dm_cod", {"versions"}),
        ("codelist check dm_cod", {"codelists", "problems"}),
        ("codelist compare dm_cod hyp_cod", {"joining", "leaving", "staying"}),
        ("define explain diabetes", {"id", "title", "why_it_matters"}),
        ("define docs pages", {"pages"}),
        ("finance reproduce", {"disagreements"}),
        ("finance backtest", {"methods"}),
        ("mapping list", {"layouts"}),
        ("releases list", {"releases"}),
        ("plans paper paper.html", {"file", "sections", "bytes"}),
    ],
)
def test_a_command_prints_one_object(store: Path, words: str, keys: set[str]) -> None:
    assert keys <= set(one_object(store, *words.split()))


def test_commands_that_set_the_site_up_print_one_object(store: Path) -> None:
    """Django's own remarks, of its checks and its static files, go to standard error."""
    assert set(one_object(store, "plans", "load")["new"]) >= {"targets", "intentions"}
    done = run(store, "plans", "example", "--json")  # there is no release yet: the page is made, or a remedy is given
    assert "Traceback" not in done.stderr
    assert done.stdout == "" or json.loads(done.stdout)["page"].startswith("/plans/i/")


def test_an_error_leaves_standard_output_empty(store: Path) -> None:
    done = run(store, "codelist", "versions", "no_such_list", "--json")
    assert (done.returncode, done.stdout) == (ExitCode.NOT_READY, "")
    assert "what to do" in done.stderr


def _import_list(store: Path, list_id: str) -> dict[str, Any]:
    """A site's own list of two codes that the packaged list holds too."""
    codes = sorted(load("dm_cod").codes)[:2]
    path = store.parent / "codes.csv"
    with path.open("w", newline="") as handle:
        csv.writer(handle).writerows([["code", "term"], *([code, "a term"] for code in codes)])
    return one_object(store, "codelist", "import", str(path), "--id", list_id, "--version", "site-1")


def test_codelists_of_a_site_are_in_the_store_that_is_named(store: Path, tmp_path: Path) -> None:
    made = _import_list(store, "dm_cod")
    assert (made["codes"], made["title"]) == (2, load("dm_cod").title)
    assert (store / "codelists" / "dm_cod" / "site-1").is_dir()
    in_force = {
        one["version"]: one["in_force"] for one in one_object(store, "codelist", "versions", "dm_cod")["versions"]
    }
    assert in_force.pop("site-1") is True
    assert not any(in_force.values())

    other = tmp_path / "other"
    assert "site-1" not in {one["version"] for one in one_object(other, "codelist", "versions", "dm_cod")["versions"]}

    packaged = next(iter(in_force))
    assert one_object(store, "codelist", "pin", "dm_cod", packaged)["version"] == packaged
    assert one_object(store, "codelist", "versions", "dm_cod")["versions"][0]["in_force"] is True


def test_one_commands_store_is_not_the_next_ones(
    store: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COMMONWEAL_STORE", "elsewhere")
    assert cli.main(["codelist", "list", "--store", str(store), "--json"]) == 0
    assert os.environ["COMMONWEAL_STORE"] == "elsewhere"
    monkeypatch.delenv("COMMONWEAL_STORE")
    assert cli.main(["codelist", "list", "--store", str(store), "--json"]) == 0
    assert "COMMONWEAL_STORE" not in os.environ
    capsys.readouterr()


def test_a_command_within_a_command_keeps_its_object_from_standard_output(
    commands: dict[tuple[str, ...], Any], store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = command_tree(cli.app)
    code, found = run_for_json(root, ["releases", "list", "--store", str(store)])
    assert (code, found) == (0, {"releases": []})
    assert capsys.readouterr().out == ""


def test_the_invented_system_goes_into_the_store_where_no_folder_is_named(store: Path) -> None:
    made = one_object(store, "synthetic", "--size", "small")
    assert made["people"] > 4000
    assert (store / "incoming" / "pds" / "PDS_Person.csv.gz").is_file()


def test_serve_tells_a_script_its_address_and_nothing_else(store: Path) -> None:
    line = [
        sys.executable,
        "-m",
        "commonweal.cli",
        "serve",
        "--store",
        str(store),
        "--port",
        "0",
        "--workers",
        "1",
        "--json",
    ]
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    with subprocess.Popen(
        line, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment, cwd=store.parent
    ) as site:
        assert site.stdout is not None
        try:
            said = json.loads(site.stdout.readline())
        finally:
            site.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                site.wait(timeout=20)
            site.kill()
        rest = site.stdout.read()
    assert (said["url"], said["mode"]) == ("http://127.0.0.1:0/", "demo")
    assert rest == ""


def test_the_reference_gives_each_exit_code_its_meaning() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "command-line.md").read_text()
    for code in ExitCode:
        assert f"| {code.value} | {code.name} | {code.meaning} |" in page


def test_a_command_that_loads_its_module_alone_is_in_it(commands: dict[tuple[str, ...], Any]) -> None:
    for word in cli.ALONE:
        here = {words for words in commands if words[0] == word}
        assert here, word
        alone = typer.Typer()
        alone.callback()(lambda: None)
        importlib.import_module(f"commonweal.commands.{word}").register(alone)
        assert here <= set(leaves(typer.main.get_command(alone)))
