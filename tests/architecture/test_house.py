"""The house rules that a machine can hold: the arrows, the lock file, and paths that belong to one machine."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

from importlinter.cli import lint_imports
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parents[2]


def _tracked(*patterns):
    listed = subprocess.run(["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def test_the_arrows_of_the_architecture_hold():
    assert lint_imports(config_filename=str(ROOT / ".importlinter"), no_cache=True) == 0


def _locked(name):
    pins = {}
    for line in (ROOT / name).read_text().splitlines():
        match = re.match(r"([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?==([^ ;\\]+)", line)
        if match and "python_full_version >= '3.12'" not in line:
            pins[match[1].lower().replace("_", "-").replace(".", "-")] = Version(match[2])
    return pins


def test_the_lock_file_satisfies_every_requirement():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [
        *project["dependencies"],
        *(line for extra in project["optional-dependencies"].values() for line in extra),
    ]
    locked = _locked("requirements.lock") | _locked("requirements-spark.lock")
    for line in wanted:
        requirement = Requirement(line)
        name = requirement.name.lower().replace("_", "-").replace(".", "-")
        assert name in locked, f"{name} is required and not locked"
        assert requirement.specifier.contains(locked[name], prereleases=True), (
            f"{name} {locked[name]} is not {requirement.specifier}"
        )


def test_every_locked_package_is_pinned_by_hash():
    for name in ("requirements.lock", "requirements-spark.lock"):
        blocks = re.split(r"\n(?=[A-Za-z0-9])", (ROOT / name).read_text())
        assert all("--hash=sha256:" in block for block in blocks if "==" in block.splitlines()[0])


def test_the_entry_point_needs_only_the_standard_library():
    source = (ROOT / "run").read_text()
    modules = set(re.findall(r"^\s*(?:import|from) ([a-z_]+)", source, re.M)) - {"commonweal"}
    assert modules <= set(sys.stdlib_module_names)


def test_nothing_committed_names_a_path_of_one_machine_or_reads_the_shared_folder():
    found = []
    pattern = re.compile(r"/(?:work|farm|root)/|\.\./shared|/tmp/[a-z]")
    for path in _tracked("src", "tests", "docs", "benchmarks", "run", ".ci", "*.md", "*.toml"):
        if path.suffix in {".gz", ".zip", ".parquet", ".png", ".woff2", ".lock", ".xlsx"} or path == Path(__file__):
            continue
        for number, line in enumerate(path.read_text(errors="ignore").splitlines(), 1):
            if pattern.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}")
    assert not found


def test_test_data_is_small():
    total = sum(path.stat().st_size for path in _tracked("tests/data"))
    assert total <= 20 * 1024**2
