"""`python -m benchmarks._prevalence STORE`: registers of the invented system beside QOF, on practices that the generator never read.

Prints a table in Markdown and writes docs/images/prevalence-held-out.svg. STORE holds a release of the size `place`.
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import altair as alt
import numpy as np

from commonweal.charts.base import INK, LINE, NHS_BLUE, records, render
from commonweal.engine.serving import current_release
from commonweal.pipeline import ask
from commonweal.pipeline.releases import manifest
from commonweal.store import Store
from commonweal.synthetic import events, prevalence
from commonweal.synthetic.reference import load
from commonweal.synthetic.settings import SIZES

REGISTERS = {
    "HYP": ("hypertension", "Hypertension"), "DM": ("diabetes", "Diabetes"), "DEP": ("depression", "Depression"),
    "AST": ("asthma", "Asthma (treated)"), "CHD": ("coronary_heart_disease", "Coronary heart disease"),
    "CKD": ("chronic_kidney_disease", "Chronic kidney disease"), "CAN": ("cancer", "Cancer"),
    "STIA": ("stroke_or_tia", "Stroke or TIA"), "AF": ("atrial_fibrillation", "Atrial fibrillation"),
    "COPD": ("copd", "COPD"), "MH": ("severe_mental_illness", "Severe mental illness"), "HF": ("heart_failure", "Heart failure"),
    "DEM": ("dementia", "Dementia"),
}  # fmt: skip
PICTURE = Path(__file__).parents[1] / "docs" / "images" / "prevalence-held-out.svg"
COLUMNS = ("condition", "practice", "QOF 2020/21", "computed")


def held_out_practices(size: str = "place") -> tuple[list[str], dict[str, dict[str, float]]]:
    """Codes of the held-out practices of a size, without the two with planted events, and QOF registers per head of their lists."""
    reference = load(SIZES[size])
    planted = events.organisations(reference)
    codes = reference.practices.practice_code
    left_out = {codes[planted.merged], codes[planted.successor], codes[planted.silent]}
    out = prevalence.held_out(reference.all_practices.practice_code)[reference.chosen]
    kept = [code for code, held in zip(codes, out, strict=True) if held and code not in left_out]
    table = reference.qof
    lists = table[table.list_type == "TOTAL"].groupby("practice_code").list_size.max()
    shares = {
        group: (rows.set_index("practice_code").register / lists).dropna().to_dict()
        for group, rows in table[table.group_code.isin(REGISTERS)].groupby("group_code")
    }
    return kept, shares


def compared(store: Store) -> list[tuple[str, str, float, float]]:
    """Condition, practice, QOF's share of the list, and the product's register over its registered people."""
    kept, shares = held_out_practices()
    wanted = [name for name, _ in REGISTERS.values()]
    as_at = date.fromisoformat(manifest(store, current_release(store))["as_at"])
    rows = ask.measured(store, wanted, as_at, "practice", "direct_care")
    found = {(row["definition"], row["group"]): row for row in rows}
    result = []
    for group, (register, title) in REGISTERS.items():
        for code in kept:
            row = found.get((register, code))
            if row and row["denominator"] and code in shares[group]:
                result.append((title, code, float(shares[group][code]), row["numerator"] / row["denominator"]))
    return result


def main(store: Path) -> None:
    """Table to standard output, picture to the documentation."""
    rows = compared(Store(store))
    print(
        "| condition | practices | QOF, mean | computed, mean | mean difference | correlation |\n|---|---|---|---|---|---|"
    )
    for _, title in REGISTERS.values():
        pairs = np.array([(qof, made) for name, _, qof, made in rows if name == title])
        qof, made = pairs.T
        print(
            f"| {title} | {len(pairs)} | {qof.mean():.1%} | {made.mean():.1%} | {np.abs(qof - made).mean():.2%} | "
            f"{np.corrcoef(qof, made)[0, 1]:.2f} |"
        )
    PICTURE.write_text(_picture(rows), encoding="utf-8")


def _picture(rows: list[tuple[str, str, float, float]]) -> str:
    titles = [title for _, title in list(REGISTERS.values())[:6]]
    panels = []
    for title in titles:
        mine = [row for row in rows if row[0] == title]
        top = max(max(row[2:]) for row in mine) * 1.1
        axis = {"axis": alt.Axis(format=".0%", tickCount=5), "scale": alt.Scale(domain=[0, top], nice=False)}
        line = alt.Chart(records(("x", "y"), [(0, 0), (top, top)])).mark_line(color=LINE, strokeDash=[5, 4])
        dots = alt.Chart(records(("x", "y"), [row[2:] for row in mine])).mark_circle(
            color=NHS_BLUE, size=55, opacity=0.75
        )
        panels.append(
            alt.layer(
                line.encode(x=alt.X("x:Q", **axis), y=alt.Y("y:Q", **axis)),
                dots.encode(x=alt.X("x:Q", title="QOF 2020/21", **axis), y=alt.Y("y:Q", title="computed", **axis)),
            ).properties(width=190, height=190, title=alt.TitleParams(title, color=INK, fontSize=14, anchor="start"))
        )
    chart = alt.concat(*panels, columns=3)
    return render(chart, title="Prevalence on held-out practices", words="", columns=COLUMNS, rows=rows).svg


if __name__ == "__main__":
    main(Path(sys.argv[1]))
