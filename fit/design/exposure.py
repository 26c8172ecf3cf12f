"""What a fit takes for known of how much patients got: doses that no table gives, magnesium of the diet."""

from __future__ import annotations

from typing import NamedTuple


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
