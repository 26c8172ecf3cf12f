"""Claims about the mechanism: keys, loops, receptors, magnesium; most need the cascade."""

from __future__ import annotations

from windup.fit.analyses.claims.catalogue.claim import Claim, experiment, parameter

_COUPLINGS = ("receptor_activity", "glia_activity", "nitroxidative_activity", "central_activity")


def mechanism_claims() -> tuple[Claim, ...]:
    """All claims about the mechanism."""
    return (*_gate(), *_persistence())


def _gate() -> tuple[Claim, ...]:
    return (
        Claim(
            "both keys are needed",
            ("M1", "M2"),
            "Without glutamate or without depolarisation less than half of the calcium of a strong "
            "signal flows.",
            experiment("one_key"),
            "share",
            "below",
            0.5,
            "experiment one_key",
            parameters=("phosphorylation_gain",),
            cascade_only=True,
        ),
        Claim(
            "weak signals are stopped",
            ("M2",),
            "A signal of a thirtieth of a strong one lets through less than 1 % of the calcium of the "
            "strong one.",
            experiment("weak_signal"),
            "share",
            "below",
            0.01,
            "experiment weak_signal",
            parameters=("phosphorylation_gain",),
            cascade_only=True,
        ),
        Claim(
            "threshold falls",
            ("M3", "M4"),
            "A lasting signal that hurts 3 on its first day hurts more after eight weeks.",
            experiment("hurts_more"),
            "NRS points",
            "above",
            0.0,
            "experiment hurts_more",
            parameters=_COUPLINGS,
            cascade_only=True,
        ),
        Claim(
            "threshold falls by much",
            ("M3", "M4"),
            "A lasting signal that hurts 3 on its first day hurts 4 or more after eight weeks.",
            experiment("hurts_more"),
            "NRS points",
            "above",
            1.0,
            "experiment hurts_more",
            parameters=_COUPLINGS,
            cascade_only=True,
        ),
        Claim(
            "substance P opens the gate",
            ("M8", "M9"),
            "Substance P weakens the magnesium block.",
            parameter("substance_p_block_shift"),
            "log shift",
            "above",
            0.0,
            "parameter substance_p_block_shift",
            parameters=("substance_p_block_shift",),
            cascade_only=True,
        ),
    )


def _persistence() -> tuple[Claim, ...]:
    told = (
        ("all loops together", "gain_total", ("M5", "M6"), "All loops together", _COUPLINGS),
        ("receptors", "gain_receptor", ("M6", "M18"), "The loop of the receptors", _COUPLINGS[:1]),
        ("glia", "gain_glia_glutamate", ("M25", "M26"), "The loop of glia and glutamate", _COUPLINGS[1:2]),
        ("peroxynitrite", "gain_nitroxidative", ("M37",), "The loop of peroxynitrite", _COUPLINGS[2:3]),
        (
            "slow central state",
            "gain_slow_central",
            ("M5",),
            "The loop of the slow central state",
            _COUPLINGS[3:],
        ),
    )
    loops = tuple(
        Claim(
            f"self-sustaining: {name}",
            ledger,
            f"{subject} can keep pain alive without any cause (a gain above 1).",
            experiment(key),
            "gain",
            "above",
            1.0,
            f"experiment {key}",
            parameters=varied,
            cascade_only=True,
        )
        for name, key, ledger, subject, varied in told
    )
    return (
        Claim(
            "pain outlives its cause",
            ("M5", "M6", "M37"),
            "A year after the cause of a pain of 6.5 has gone, at least half of the pain is still there.",
            experiment("pain_after_cause"),
            "NRS, 0-10",
            "above",
            3.25,
            "experiment pain_after_cause",
            parameters=_COUPLINGS,
            cascade_only=True,
        ),
        *loops,
    )
