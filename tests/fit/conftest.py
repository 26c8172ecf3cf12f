"""Fixtures for the tests of fitting."""

import pytest
import xarray as xr

from .synthetic import synthetic_tree


@pytest.fixture(scope="session")
def tree() -> xr.DataTree:
    return synthetic_tree()
