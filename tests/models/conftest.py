"""Double precision, and shapes that must agree."""

from collections.abc import Iterator

import jax
import pytest

from windup.models import Cascade, SingleLoop, Turnover

jax.config.update("jax_enable_x64", True)  # type: ignore[no-untyped-call]

MODELS = (Cascade(), Turnover(), SingleLoop())
# One object per model for the whole session, so that compiled functions are shared.


@pytest.fixture(autouse=True)
def _ranks_must_agree() -> Iterator[None]:
    with jax.numpy_rank_promotion("raise"):
        yield


@pytest.fixture(params=MODELS, ids=lambda model: model.name)
def model(request: pytest.FixtureRequest) -> Cascade | Turnover | SingleLoop:
    chosen: Cascade | Turnover | SingleLoop = request.param
    return chosen


@pytest.fixture(scope="session")
def cascade() -> Cascade:
    return MODELS[0]
