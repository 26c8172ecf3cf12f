r"""Rows of ``observations.csv`` from the moments of an arm.

Three kinds of row are written, and the rules of the data dictionary decide what a fit makes of them:

- **Means with SD and n** of the patients seen at a visit. A fit uses them: the SD gives the sampling error,
  and with ``patients = "population"`` it is an observation of its own.
- **Changes with SD and n** of the patients seen at both visits. They follow from the means and are not used;
  the three SDs of an arm give the correlation of its visits, which a fit reads.
- **Shares of responders**, where they are asked for. A fit uses those of 30 and 50 % of one visit together
  with the mean, as numbers of the same patients. A patient responds whose pain has fallen by at least the
  share :math:`q`: :math:`y_t \le (1 - q)\, y_0` on 0-10. Who has no pain at the baseline cannot respond and
  does not count.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, final

import numpy as np
from jaxtyping import Float

from windup.datasets.catalogue.instrument import Instrument
from windup.datasets.dictionary.limits import SMALLEST_SPREAD
from windup.datasets.dictionary.rows import Row, number
from windup.datasets.individuals.moments import PatientMoments

type Pairs = Literal["baseline", "all"]

RESPONDERS: tuple[int, ...] = (30, 50)
"""Falls of pain, per cent, whose shares of patients the tables have an outcome for."""

PAIRS: tuple[Pairs, ...] = ("baseline", "all")
"""Pairs of visits of which changes may be written."""

# A pain of 0.7 times 7 is 4.8999999999999995 in binary, and the patient has responded at 4.9.
_ROUNDING = 1e-9


@final
@dataclass(frozen=True)
class RowStyle:
    """What all rows of a table have in common.

    Attributes
    ----------
    instrument
        Scale of the pains.
    responders
        Falls of pain, per cent, whose shares are written.
    pairs
        Whether changes are counted from the baseline alone, or between all visits.
    flags
        Flags of every row.
    averaged
        Whether a visit is a mean over days.
    source, location
        Cells of that name.
    """

    instrument: Instrument
    responders: tuple[int, ...] = ()
    pairs: Pairs = "baseline"
    flags: tuple[str, ...] = ()
    averaged: bool = False
    source: str = ""
    location: str = ""


def rows_of(
    moments: PatientMoments, pain: Float[np.ndarray, "patients visits"], style: RowStyle
) -> Iterator[Row]:
    """Rows of an arm, in the order of its visits.

    Parameters
    ----------
    moments
        Its moments.
    pain
        Pain of each patient at each visit, NaN where it was not seen.
    style
        What the rows have in common.
    """
    base = moments.baseline
    for visit, n in enumerate(moments.n):
        mean = {"outcome": "pain_intensity", "value": number(moments.mean[visit])}
        spread = _spread(moments.sd[visit])
        how = "computed: mean and SD of the patients seen"
        yield _row(moments, style, visit, int(n), how) | mean | spread
        for earlier in range(visit):
            wanted = style.pairs == "all" or (base is not None and earlier == base)
            both = int(moments.pairs[visit, earlier])
            if wanted and both:
                change = {"outcome": "pain_intensity_change", "value": number(moments.change[visit, earlier])}
                change |= {"baseline_week": number(moments.weeks[earlier])}
                spread = _spread(moments.change_sd[visit, earlier])
                how = "computed: mean and SD of the patients seen at both times"
                yield _row(moments, style, visit, both, how) | change | spread
        if base is not None and visit > base:
            yield from _shares(moments, pain, style, visit, base)


def _shares(
    moments: PatientMoments,
    pain: Float[np.ndarray, "patients visits"],
    style: RowStyle,
    visit: int,
    base: int,
) -> Iterator[Row]:
    later, first = (_on_ten(pain[:, at], style.instrument) for at in (visit, base))
    counted = np.isfinite(later) & (first > 0.0)
    n = int(counted.sum())
    for percent in style.responders if n else ():
        kept = (1.0 - percent / 100.0) * first[counted]
        share = 100.0 * float(np.mean(later[counted] <= kept + _ROUNDING))
        how = "computed: patients seen at both times, with pain at the first"
        cells = {"outcome": f"responder_{percent}", "scale": "percent", "value": number(share)}
        cells |= {"baseline_week": number(moments.weeks[base])}
        yield _row(moments, style, visit, n, how) | cells


def _on_ten(pain: Float[np.ndarray, " patients"], scale: Instrument) -> Float[np.ndarray, " patients"]:
    on_ten: Float[np.ndarray, " patients"] = np.array([scale.estimate(each, "mean") for each in pain])
    return on_ten


def _row(moments: PatientMoments, style: RowStyle, visit: int, n: int, how: str) -> Row:
    base = moments.baseline
    flags = [
        *style.flags,
        *(["baseline"] if visit == base else []),
        *(["window_mean"] if style.averaged else []),
        *(["completers"] if n < moments.patients else []),
    ]
    return {
        "study_id": moments.study_id,
        "arm_id": moments.arm_id,
        "time_weeks": number(moments.weeks[visit]),
        "scale": style.instrument.name,
        "n": str(n),
        "flags": ";".join(dict.fromkeys(flags)),
        "source": style.source,
        "location": style.location,
        "how": how,
    }


def _spread(sd: float) -> Row:
    """An SD between patients; one patient has none, and patients who all say the same show none."""
    return {"sd": number(sd)} if sd >= SMALLEST_SPREAD else {}
