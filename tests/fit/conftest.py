"""Fixtures for the tests of fitting."""

import jax
import pytest
import xarray as xr

from .synthetic import synthetic_tree

jax.config.update("jax_enable_x64", True)  # type: ignore[no-untyped-call]  # JAX leaves it untyped


@pytest.fixture(scope="session")
def tree() -> xr.DataTree:
    return synthetic_tree()
