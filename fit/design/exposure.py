"""What a fit takes for known of how much patients got: doses that no table gives, magnesium of the diet."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Float


class Exposure(NamedTuple):
    """Which exposures are unknowns of the fit, with priors, instead of numbers that are taken for known.

    Attributes
    ----------
    latent_doses
        Doses that no table gives, and doses that were adjusted to the patient. If not: the drug's reference
        dose, and the number that the table gives.
    latent_intake
        Magnesium that patients absorb from their diet before the trial, in studies with rows of magnesium. If
        not: what their own serum at baseline implies at the median of ``renal_feedback``.
    """

    latent_doses: bool = False
    latent_intake: bool = False


TAKEN_FOR_KNOWN = Exposure()


# Serum magnesium at a customary intake and the median renal feedback of the parameter table: a study's
# habitual intake is read off its own baseline serum (the effect of a supplement depends on it, so it is a
# covariate). That serum is then predicted from this intake: it counts twice, and the fit finds the renal
# feedback that was put in. `Exposure.latent_intake` does without.
_CUSTOMARY_SERUM, _RENAL_FEEDBACK = 0.85, 8.0


def habitual_magnesium(table: pd.DataFrame, studies: tuple[str, ...]) -> Float[np.ndarray, " studies"]:
    """Magnesium absorbed from the diet, relative to the customary, by the serum at baseline."""
    first = table[(table["kind"] == "serum_mg") & (table["time_weeks"] <= 0)]
    serum = first.groupby("study_id")["estimate"].mean().reindex(list(studies)).to_numpy(float)
    serum = np.where(np.isfinite(serum), serum, _CUSTOMARY_SERUM)
    return np.clip((serum / _CUSTOMARY_SERUM) ** _RENAL_FEEDBACK, 0.2, 3.0)
