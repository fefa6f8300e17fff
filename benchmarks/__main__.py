"""`./run bench [NAME] [--size SIZE]`: run one benchmark, or list them.

Each module of this package offers `run(size) -> dict` with the keys name, size, seconds, baseline_seconds, ratio and
peak_mb. One JSON object is printed for each. Times move with the machine; ratios are the claim.
"""

from __future__ import annotations

import argparse
import importlib
import json
import pkgutil
import sys

import benchmarks

KEYS = ("name", "size", "seconds", "baseline_seconds", "ratio", "peak_mb")


def names() -> list[str]:
    return sorted(found.name for found in pkgutil.iter_modules(benchmarks.__path__) if not found.name.startswith("_"))


def main() -> int:
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__.split("\n\n")[0])
    parser.add_argument("name", nargs="?", help=", ".join(names()))
    parser.add_argument("--size", default="small", help="small, place or ics")
    options = parser.parse_args()
    if options.name is None:
        print("\n".join(names()))
        return 0
    if options.name not in names():
        print(f"bench: no benchmark {options.name!r}; there are: {', '.join(names())}", file=sys.stderr)
        return 2
    result = importlib.import_module(f"benchmarks.{options.name}").run(options.size)
    missing = [key for key in KEYS if key not in result]
    if missing:
        print(f"bench: {options.name} gave no {', '.join(missing)}", file=sys.stderr)
        return 1
    print(json.dumps(result, default=str))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
