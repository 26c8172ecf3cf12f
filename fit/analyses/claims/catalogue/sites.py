"""Claims about where drugs act, and about parts of the glial and nitroxidative loops; all need the cascade.

Each is about one parameter, or the ratio of two. Trials of pain rarely reach such a parameter: most of these
claims will be mostly prior, and that is what their verdict is for.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from windup.fit.analyses.claims.catalogue.claim import Claim, ClaimDraws, parameter

# Name, ledger, sentence, drugs, parameter: a strength is above 0 where the drug acts as the claim has it.
_SITES = (
    (
        "curcumin lowers substance P",
        ("M11",),
        "Curcumin lowers the release of substance P.",
        ("curcumin",),
        "curcumin_substance_p",
    ),
    (
        "magnesium lowers glutamate",
        ("M13",),
        "Magnesium lowers the release of glutamate.",
        ("magnesium",),
        "magnesium_glutamate",
    ),
    *(
        (
            f"{subject} calms kinases",
            ("M22",),
            f"{subject[0].upper()}{subject[1:]} lowers the drive of kinases.",
            (drug,),
            f"{drug}_kinase",
        )
        for subject, drug in (
            ("magnesium", "magnesium"),
            ("omega-3", "omega3"),
            ("resveratrol", "resveratrol"),
            ("curcumin", "curcumin"),
        )
    ),
    (
        "movement lowers substance P",
        ("M24",),
        "Aerobic movement lowers the release of substance P.",
        ("exercise_aerobic",),
        "movement_substance_p",
    ),
    (
        "alpha-lipoic acid lowers superoxide",
        ("M42",),
        "Alpha-lipoic acid lowers superoxide.",
        ("ala",),
        "ala_superoxide",
    ),
    (
        "alpha-lipoic acid lowers nitric oxide",
        ("M42",),
        "Alpha-lipoic acid lowers nitric oxide.",
        ("ala",),
        "ala_nitric_oxide",
    ),
    (
        "N-acetylcysteine raises glutathione",
        ("M43",),
        "N-acetylcysteine raises glutathione where pain is processed.",
        ("nac",),
        "nac_glutathione",
    ),
    *(
        (
            f"palmitoylethanolamide calms {cells}",
            ("M44",),
            f"Palmitoylethanolamide calms {cells}.",
            ("pea",),
            strength,
        )
        for cells, strength in (("microglia", "pea_microglia"), ("astrocytes", "pea_astrocyte"))
    ),
)

# Name, ledger, sentence, parameter, the one that it is divided by or None, unit, limit.
_PARTS = (
    (
        "astrocytes answer after microglia",
        ("M27",),
        "Astrocytes take longer to become reactive than microglia.",
        "astrocyte_time",
        "microglia_time",
        "times the time of microglia",
        1.0,
    ),
    (
        "D-serine is a further key",
        ("M28",),
        "D-serine of fully reactive astrocytes raises the current by a tenth or more.",
        "d_serine_gain",
        None,
        "of the current",
        0.1,
    ),
    (
        "damaged mitochondria are the main source of superoxide",
        ("M31",),
        "Mitochondria that are wholly damaged make more superoxide than a full calcium drive.",
        "superoxide_from_mitochondria",
        "superoxide_from_calcium",
        "times that of calcium",
        1.0,
    ),
    (
        "peroxynitrite opens receptors more than calcium",
        ("M34",),
        "A full load of nitration drives kinases more than a full calcium drive.",
        "kinase_from_nitration",
        "kinase_from_calcium",
        "times that of calcium",
        1.0,
    ),
    (
        "peroxynitrite impairs uptake more than microglia",
        ("M35",),
        "A full load of nitration costs astrocytes more uptake of glutamate than full microglial activation.",
        "clearance_loss_nitration",
        "clearance_loss_microglia",
        "times that of microglia",
        1.0,
    ),
    (
        "peroxynitrite takes half of MnSOD",
        ("M36",),
        "Full peroxynitrite inactivates MnSOD faster than it is made again, so that less than half is left.",
        "mnsod_inactivation",
        None,
        "of its resynthesis",
        1.0,
    ),
)


def site_claims() -> tuple[Claim, ...]:
    """All claims about sites of action and about parts of the loops."""
    sites = tuple(
        Claim(
            name,
            ledger,
            sentence,
            parameter(strength),
            "log multiplier",
            "above",
            0.0,
            f"parameter {strength}",
            drugs=drugs,
            parameters=(strength,),
            cascade_only=True,
        )
        for name, ledger, sentence, drugs, strength in _SITES
    )
    parts = tuple(
        Claim(
            name,
            ledger,
            sentence,
            _ratio(above, below),
            unit,
            "above",
            limit,
            f"parameter {above}" + ("" if below is None else f" divided by {below}"),
            parameters=(above,) if below is None else (above, below),
            cascade_only=True,
        )
        for name, ledger, sentence, above, below, unit, limit in _PARTS
    )
    return (*sites, *parts)


def _ratio(above: str, below: str | None) -> Callable[[ClaimDraws], np.ndarray]:
    if below is None:
        return parameter(above)
    over, under = parameter(above), parameter(below)
    return lambda evidence: over(evidence) / under(evidence)
