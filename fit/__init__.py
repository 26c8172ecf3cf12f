"""Fits, their checks, and what a finished fit is for: the public names of `windup.fit`.

Importing this package does not import JAX; the functions that compute import it when they are first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .analyses.sensitivity.settings import SensitivitySettings
from .errors import (
    DiskError,
    DrawsOnly,
    Interrupted,
    ModelFaults,
    NoStart,
    PlanFaults,
    RunFolderRefused,
    SettingsError,
    SettingsFault,
    SettingsFaults,
)
from .execution.progress import Progress, show_progress, silent
from .execution.xla_flags import set_compiler_flags
from .runs.run_fit import Outcome, run_fit
from .settings.covariates import Covariate
from .settings.fit import MODELS, PRESETS, Settings
from .settings.priors import Prior
from .settings.read import load_settings
from .settings.samplers import (
    Hmc,
    Laplace,
    ManyChains,
    NestedSampling,
    Nuts,
    Pathfinder,
    SequentialMonteCarlo,
    Variational,
)
from .settings.until_converged import UntilConverged
from .storage.folder import read_summary

if TYPE_CHECKING:
    from .analyses.calibration.calibrate import calibrate
    from .analyses.claims.judge import judge_claims
    from .analyses.comparison.compare import compare
    from .analyses.comparison.left_out_rows import left_out_rows
    from .analyses.identifiability.identify import identify
    from .analyses.network.meta_analysis import (
        NetworkMetaAnalysis,
        NetworkPriors,
        network_meta_analysis,
    )
    from .analyses.petab.problem import PetabProblem
    from .analyses.petab.read import read_petab
    from .analyses.prediction.predict import predict
    from .analyses.scoring.score import score
    from .analyses.sensitivity.analyse import analyse_sensitivity
    from .analyses.trial_design.seek import design_trials
    from .analyses.virtual_trials.simulate import simulate
    from .diagnostics.consistency import consistency
    from .diagnostics.convergence import Convergence, check_convergence
    from .diagnostics.small_studies import small_study_effects
    from .posterior.fit_posterior import fit_posterior
    from .report.build import build_report
    from .report.plan.plan import AnalysisPlan
    from .report.plan.read import load_analysis_plan
    from .report.planned import check_against_plan
    from .runs.fitted_run import FittedRun, read_run
    from .sampling.check_solver import check_solver
    from .sampling.sample_model import sample_model

__all__ = [
    "MODELS",
    "PRESETS",
    "AnalysisPlan",
    "Convergence",
    "Covariate",
    "DiskError",
    "DrawsOnly",
    "FittedRun",
    "Hmc",
    "Interrupted",
    "Laplace",
    "ManyChains",
    "ModelFaults",
    "NestedSampling",
    "NetworkMetaAnalysis",
    "NetworkPriors",
    "NoStart",
    "Nuts",
    "Outcome",
    "Pathfinder",
    "PetabProblem",
    "PlanFaults",
    "Prior",
    "Progress",
    "RunFolderRefused",
    "SensitivitySettings",
    "SequentialMonteCarlo",
    "Settings",
    "SettingsError",
    "SettingsFault",
    "SettingsFaults",
    "UntilConverged",
    "Variational",
    "analyse_sensitivity",
    "build_report",
    "calibrate",
    "check_against_plan",
    "check_convergence",
    "check_solver",
    "compare",
    "consistency",
    "design_trials",
    "fit_posterior",
    "identify",
    "judge_claims",
    "left_out_rows",
    "load_analysis_plan",
    "load_settings",
    "network_meta_analysis",
    "predict",
    "read_petab",
    "read_run",
    "read_summary",
    "run_fit",
    "sample_model",
    "score",
    "show_progress",
    "silent",
    "simulate",
    "small_study_effects",
]

# Names whose modules import JAX (PEP 562). No module may have the name of a function here: an import of the
# module would put it in the function's place.
_LAZY = {
    "AnalysisPlan": ".report.plan.plan",
    "Convergence": ".diagnostics.convergence",
    "FittedRun": ".runs.fitted_run",
    "NetworkMetaAnalysis": ".analyses.network.meta_analysis",
    "NetworkPriors": ".analyses.network.meta_analysis",
    "PetabProblem": ".analyses.petab.problem",
    "analyse_sensitivity": ".analyses.sensitivity.analyse",
    "build_report": ".report.build",
    "calibrate": ".analyses.calibration.calibrate",
    "check_against_plan": ".report.planned",
    "check_convergence": ".diagnostics.convergence",
    "check_solver": ".sampling.check_solver",
    "compare": ".analyses.comparison.compare",
    "consistency": ".diagnostics.consistency",
    "design_trials": ".analyses.trial_design.seek",
    "fit_posterior": ".posterior.fit_posterior",
    "identify": ".analyses.identifiability.identify",
    "judge_claims": ".analyses.claims.judge",
    "left_out_rows": ".analyses.comparison.left_out_rows",
    "load_analysis_plan": ".report.plan.read",
    "network_meta_analysis": ".analyses.network.meta_analysis",
    "predict": ".analyses.prediction.predict",
    "read_petab": ".analyses.petab.read",
    "read_run": ".runs.fitted_run",
    "sample_model": ".sampling.sample_model",
    "score": ".analyses.scoring.score",
    "simulate": ".analyses.virtual_trials.simulate",
    "small_study_effects": ".diagnostics.small_studies",
}

# Here, as modules of this package, and what they import, may compute while they are imported.
set_compiler_flags()


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LAZY[name], __name__), name)


def __dir__() -> list[str]:
    return __all__
