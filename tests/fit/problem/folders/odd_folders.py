"""Folders of trials that lack what most have: arms, rows, drugs, visits after baseline."""

from collections.abc import Callable

from ....datasets.tiny import Tables
from ...designs import tables_of

type Cells = dict[str, str]
type Folder = Callable[[], Tables]

PREGABALIN = {
    "drug": "pregabalin",
    "substance": "pregabalin",
    "dose_per_administration": "300",
    "dose_unit": "mg/day",
    "administrations_per_day": "",
}
PLACEBO = {"drug": "placebo", "substance": "placebo"}
NOTHING = {"drug": "none", "substance": "none"}
SALT = {
    "drug": "magnesium",
    "substance": "magnesium oxide",
    "dose_per_administration": "400",
    "dose_unit": "mg elemental/day",
    "administrations_per_day": "",
}
SHARES = {"outcome": "responder_50", "scale": "percent", "value": "30", "sd": ""}
SERUM = {"outcome": "serum_mg", "scale": "mmol_per_L", "value": "0.8", "sd": "0.08"}
CHANGE = {"outcome": "pain_intensity_change", "value": "-1"}


def made(arms: dict[str, Cells], rows: list[Cells], study: Cells | None = None) -> Tables:
    """One study of these arms with these rows; what a row does not say is as in `tables_of`."""
    tables = tables_of({}, *arms, study=study)
    empty = {"dose_per_administration": "", "dose_unit": "", "administrations_per_day": ""}
    tables["dosing.csv"] = [line | empty | arms[line["arm_id"]] for line in tables["dosing.csv"]]
    line = tables["observations.csv"][0]
    tables["observations.csv"] = [line | {"row_id": f"r{n}"} | row for n, row in enumerate(rows)]
    return tables


def _at(arm: str, week: str, **cells: str) -> Cells:
    return {"arm_id": arm, "time_weeks": week, **cells}


def _contrast(arm: str, reference: str, **cells: str) -> Cells:
    return _at(
        arm, "8", outcome="difference_vs_placebo", value="-1", n="72", reference_arm=reference, **cells
    )


BOTH = {"drug": PREGABALIN, "placebo": PLACEBO}
FOLDERS: dict[str, Folder] = {
    "baselines only": lambda: made(BOTH, [_at("drug", "0"), _at("placebo", "0")]),
    "one baseline": lambda: made({"placebo": PLACEBO}, [_at("placebo", "0")]),
    "baselines before week 0": lambda: made(BOTH, [_at("drug", "-2"), _at("placebo", "-2")]),
    "baseline after treatment only": lambda: made(BOTH, [_at("drug", "8", **CHANGE, baseline_week="4")]),
    "one row": lambda: made({"drug": PREGABALIN}, [_at("drug", "8")]),
    "placebo arms only": lambda: made({"placebo": PLACEBO}, [_at("placebo", "0"), _at("placebo", "8")]),
    "untreated arms only": lambda: made({"a": NOTHING, "b": NOTHING}, [_at("a", "8"), _at("b", "8")]),
    "one contrast": lambda: made(BOTH, [_contrast("drug", "placebo")]),
    "one contrast without an error": lambda: made(BOTH, [_contrast("drug", "placebo", sd="")]),
    "shares only": lambda: made(BOTH, [_at("drug", "8", **SHARES), _at("placebo", "8", **SHARES)]),
    "shares of placebo arms only": lambda: made({"placebo": PLACEBO}, [_at("placebo", "8", **SHARES)]),
    "shares at week 0": lambda: made(BOTH, [_at("drug", "0", **SHARES)]),
    "change at week 0": lambda: made(BOTH, [_at("drug", "0", **CHANGE)]),
    "serum at week 0 only": lambda: made({"salt": SALT}, [_at("salt", "0", **SERUM)]),
    "serum under no drug": lambda: made(
        {"none": NOTHING}, [_at("none", "0", **SERUM), _at("none", "8", **SERUM)]
    ),
    "serum of healthy people": lambda: made(
        {"salt": SALT}, [_at("salt", "8", **SERUM)], {"condition": "healthy"}
    ),
    "cases and controls": lambda: made(
        {"case": NOTHING | {"role": "case"}, "control": NOTHING | {"role": "control"}},
        [_at(arm, "0", **SERUM, flags="case_control") for arm in ("case", "control")],
        {"design": "case_control"},
    ),
    "a dose that begins after the last visit": lambda: made(
        {"drug": PREGABALIN | {"start_week": "6"}}, [_at("drug", "0"), _at("drug", "2")]
    ),
    "crossover of one drug": lambda: made(BOTH, [_contrast("drug", "placebo")], {"crossover": "yes"}),
}  # fmt: skip
