"""What is learned: design, likelihood, sampler, diagnostics and reports.

Importing this package does not import JAX; `windup.fit.fit_posterior` and `windup.fit.sample_model` do.
"""

from ._compiler_flags import set_compiler_flags
from ._errors import DiskError as DiskError
from ._errors import Interrupted as Interrupted
from ._errors import RunFolderRefused as RunFolderRefused
from ._errors import SettingsError as SettingsError
from ._errors import SettingsFault as SettingsFault
from ._errors import SettingsFaults as SettingsFaults
from ._progress import Report as Report
from ._progress import progress as progress
from ._progress import silent as silent
from ._read_run import read_summary as read_summary
from ._read_settings import load_settings as load_settings
from ._run_fit import Outcome as Outcome
from ._run_fit import run_fit as run_fit
from ._samplers import Hmc as Hmc
from ._samplers import Laplace as Laplace
from ._samplers import ManyChains as ManyChains
from ._samplers import Nuts as Nuts
from ._samplers import Pathfinder as Pathfinder
from ._samplers import SequentialMonteCarlo as SequentialMonteCarlo
from ._samplers import Variational as Variational
from ._sensitivity_settings import SensitivitySettings as SensitivitySettings
from ._settings import MODELS as MODELS
from ._settings import PRESETS as PRESETS
from ._settings import Settings as Settings

# Here, as modules of this package, and what they import, may compute while they are imported.
set_compiler_flags()
