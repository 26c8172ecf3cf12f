"""Words of the settings that say how exposures that no trial prints are treated."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

LATENT = "latent"

UNKNOWN_DOSES: Mapping[str, str] = MappingProxyType(
    {
        "reference": "the reference dose of the drug; a dose adjusted to patients counts as printed",
        LATENT: "unknowns of the fit, around usual doses or between the limits of the adjustment",
    }
)
"""What a fit takes for doses that no table gives, and for doses that were adjusted to patients."""

HABITUAL_MAGNESIUM: Mapping[str, str] = MappingProxyType(
    {
        "from_serum": "from the serum of the study's own baseline, which is then predicted as well",
        LATENT: "an unknown of every study with magnesium rows",
    }
)
"""Where magnesium absorbed from the diet before a trial comes from."""
