"""From a table of patients to the three tables of trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from windup.datasets.catalogue.catalogue import Catalogue
from windup.datasets.catalogue.load_catalogue import packaged_catalogue
from windup.datasets.dictionary.rows import Row, table_of_rows
from windup.datasets.files.data_faults import DataFaults
from windup.datasets.files.errors import Fault
from windup.datasets.individuals.columns import DAYS_PER_WEEK, PATIENTS, arm_columns
from windup.datasets.individuals.doubts import doubts
from windup.datasets.individuals.faults import arm_faults, patient_faults, time_faults
from windup.datasets.individuals.moments import PatientMoments, moments_of
from windup.datasets.individuals.request import OPTIONS, Request
from windup.datasets.individuals.rows import Pairs, RowStyle, rows_of
from windup.datasets.individuals.tables import PatientTrials, dosing_rows, study_rows
from windup.datasets.individuals.windows import VisitWindows, visit_values
from windup.datasets.reading.cells import ReadCells, read_cells

# Weeks that differ by less are one: days divided by 7.
_WEEK_DIGITS = 9


def patients_to_trials(
    patients: Path | pd.DataFrame,
    *,
    arms: Path | pd.DataFrame | None = None,
    study: Mapping[str, str] | None = None,
    scale: str = "NRS_0_10",
    windows: VisitWindows | None = None,
    responders: Sequence[int] = (),
    pairs: Pairs = "baseline",
    flags: Sequence[str] = (),
    source: str = "",
    columns: Mapping[str, str] | None = None,
    catalogue: Catalogue | None = None,
) -> PatientTrials:
    """Tables of trials from entries of patients, so that individual data enter the likelihood of a fit.

    Parameters
    ----------
    patients
        File or data frame, one row for each patient and time, in any order: ``study_id``, ``arm_id``,
        ``patient_id``, ``time_weeks`` or ``time_days`` from the start of the assigned treatment, and
        ``pain``. An empty pain is a missing visit. Other columns are not read.
    arms
        What the arms received, in the columns of ``dosing.csv``. Without ``start_week`` and ``end_week``
        a phase lasts from week 0 to the last visit of its study. None leaves ``drug`` empty, to be filled in.
    study
        Cells of ``studies.csv`` for all studies, such as ``{"condition": "fibromyalgia", "design":
        "parallel_rct"}``; ``study_id`` names the study of a table that has no such column. With the design
        ``crossover_rct`` the same patients may stand in several arms, each with times from the start of its
        own period; order and period of the arms are not read.
    scale
        Instrument of the pains.
    windows
        Days around planned weeks, for diaries and for visits that were not on their day. Without them every
        time of the table is a visit.
    responders
        Falls of pain, per cent, whose shares of patients are written too: 30, 50.
    pairs
        Changes from the ``baseline``, the last visit of week 0 or before, as trials print them; or between
        ``all`` visits. A fit takes the mean correlation of those that are written.
    flags
        Flags of every row, such as ``worst_pain``.
    source
        Cell ``source`` of every row: an address, doi:… or pmid:….
    columns
        Header in ``patients`` by the name of the column here, where the two differ.
    catalogue
        Instruments, conditions and drugs; None means those that come with windup.

    Returns
    -------
    PatientTrials
        Tables whose column ``used`` is empty: windup decides (data dictionary).

    Raises
    ------
    DataFaults
        With every fault of the tables and of the arguments.

    Notes
    -----
    A fit reads the mean of every visit, its SD, and one correlation between visits for each study. `moments`
    has the whole covariance. Moments are those of available patients: the flag ``completers`` marks a row
    that lacks patients of its arm.

    Examples
    --------
    >>> table = pd.DataFrame({"arm_id": "a", "patient_id": [1, 1, 2, 2], "time_weeks": [0, 6, 0, 6]})
    >>> made = patients_to_trials(table.assign(pain=[8, 5, 6, 2]), study={"study_id": "mine"})
    >>> made.observations[["time_weeks", "outcome", "value", "n"]].values.tolist()[1:]
    [['6', 'pain_intensity', '3.5', '2'], ['6', 'pain_intensity_change', '-3.5', '2']]
    """
    catalogue = packaged_catalogue() if catalogue is None else catalogue
    request = Request(
        dict(study or {}), scale, windows, tuple(responders), pairs, tuple(flags), dict(columns or {})
    )
    headers = {name: header for name, header in request.columns.items() if name in _NAMES}
    read = read_cells(patients, "patients", PATIENTS, headers, all_columns=False)
    faults = [*request.faults(catalogue), *read.faults]
    entries, wrong = _entries(read, request)
    told = None if arms is None else read_cells(arms, "arms", arm_columns(catalogue), {}, all_columns=True)
    faults += wrong + (list(told.faults) if told is not None else [])
    instrument = catalogue.instrument_by_name.get(scale)
    if entries is not None:
        faults += patient_faults(read.name, entries, instrument, crossover=request.crossover)
    doses = None if told is None or told.typed is None else _with_study(told.typed, entries, request)
    if entries is not None and doses is not None and told is not None:
        faults += arm_faults(told.name, doses, read.name, entries)
    if faults or entries is None or instrument is None:
        raise DataFaults(sorted(set(faults)))
    style = RowStyle(
        instrument,
        request.responders,
        request.pairs,
        (*request.flags, *(["crossover"] if request.crossover else [])),
        windows is not None and windows.averaged,
        source,
        read.name,
    )
    values, notes = visit_values(entries, windows)
    arms_made = [
        _arm(str(name), str(arm), mine, values, style)
        for (name, arm), mine in entries.groupby(["study_id", "arm_id"])
    ]
    moments = tuple(each for each, _ in arms_made)
    rows = [row for _, made in arms_made for row in made]
    phases = doses if doses is not None else pd.DataFrame()
    return PatientTrials(
        table_of_rows("studies.csv", study_rows(moments, request)),
        table_of_rows("dosing.csv", dosing_rows(moments, phases)),
        table_of_rows("observations.csv", rows),
        moments,
        (*read.notes, *notes, *doubts(moments)),
    )


_NAMES = frozenset(column.name for column in PATIENTS)


def _entries(read: ReadCells, request: Request) -> tuple[pd.DataFrame | None, list[Fault]]:
    """Entries with their week; None where the table cannot be read."""
    if read.typed is None:
        return None, []
    faults = time_faults(read.name, read.typed, read.headers)
    table, given = read.typed.copy(), request.study.get("study_id", "")
    if "study_id" in read.headers:
        if given:
            found = f"The table has a column study_id, and the study is named '{given}' too."
            faults.append(Fault(OPTIONS, 0, "study", found, "Leave one of them out."))
        faults += [
            Fault(read.name, int(str(line)), "study_id", "The cell is empty.", "Fill it.")
            for line in table.index[table["study_id"] == ""]
        ]
    elif given:
        table["study_id"] = given
    else:
        found = "The table has no column study_id."
        faults.append(Fault(read.name, 1, "study_id", found, "Add it, or give the study a study_id."))
    if not len(table):
        faults.append(
            Fault(read.name, 0, "", "The table has no rows.", "Write one for each patient and time.")
        )
    weeks = table["time_weeks"].where(table["time_weeks"].notna(), table["time_days"] / DAYS_PER_WEEK)
    return table.assign(week=weeks.round(_WEEK_DIGITS)), faults


def _with_study(arms: pd.DataFrame, entries: pd.DataFrame | None, request: Request) -> pd.DataFrame:
    """The arms with their study, where there is one study only."""
    named = request.study.get("study_id", "")
    studies = [] if entries is None else list(entries["study_id"].unique())
    only = named or (studies[0] if len(studies) == 1 else "")
    return arms.assign(study_id=arms["study_id"].where(arms["study_id"] != "", only))


def _arm(
    study: str, arm: str, entries: pd.DataFrame, values: pd.DataFrame, style: RowStyle
) -> tuple[PatientMoments, list[Row]]:
    mine = values[(values["study_id"] == study) & (values["arm_id"] == arm)]
    wide = mine.pivot(index="patient_id", columns="week", values="pain").sort_index(axis=1)
    pain = wide.to_numpy(float)
    weeks = wide.columns.to_numpy(float)
    moments = moments_of(study, arm, weeks, pain, int(entries["patient_id"].nunique()))
    return moments, list(rows_of(moments, pain, style))
