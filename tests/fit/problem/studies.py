"""Random studies with random effects and errors, and what their rows' density is, written out."""

import jax.numpy as jnp
import numpy as np
from scipy import stats

from windup.fit.problem.observation import Joint

DEGREES = 4.5
# Effects of a study whose design has no trial of more than three drugs.
COLUMNS = 7


def problem(seed: int, studies: int = 3, rows: int = 5) -> Joint:
    """Random studies with random effects and errors."""
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(studies, rows, rows))
    return Joint(
        residual=jnp.asarray(rng.normal(size=(studies, rows))),
        loads=jnp.asarray(rng.normal(size=(studies, rows, COLUMNS))),
        error=jnp.asarray(root @ root.swapaxes(1, 2) + 0.3 * np.eye(rows)),
        spread=jnp.asarray(rng.uniform(0.2, 1.5, size=(studies, COLUMNS))),
        count=jnp.full(studies, float(rows)),
    )


def written_out(parts: Joint, study: int) -> np.ndarray:
    """Covariance of a study's rows, written out: Z Ω Zᵀ + R."""
    loads, spread = np.asarray(parts.loads[study]), np.asarray(parts.spread[study])
    return np.asarray(loads @ np.diag(spread**2) @ loads.T + np.asarray(parts.error[study]))


def student(parts: Joint, study: int, shape: np.ndarray) -> float:
    zeros = np.zeros(len(shape))
    return float(stats.multivariate_t(zeros, shape, df=DEGREES).logpdf(np.asarray(parts.residual[study])))


def padded(parts: Joint, extra: int) -> Joint:
    """The same studies with rows that are not there, as a bucket writes them."""
    studies, rows = parts.residual.shape
    error = np.tile(np.eye(rows + extra), (studies, 1, 1))
    error[:, :rows, :rows] = parts.error
    return parts._replace(
        residual=jnp.pad(parts.residual, ((0, 0), (0, extra))),
        loads=jnp.pad(parts.loads, ((0, 0), (0, extra), (0, 0))),
        error=jnp.asarray(error),
    )
