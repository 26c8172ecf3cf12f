"""Claims about the digest of draws."""

import numpy as np

from windup.fit.storage.tree import draws_digest

from ..synthetic import synthetic_tree, with_variable


def test_digest_of_draws_changes_with_a_single_one() -> None:
    tree = synthetic_tree(draws=5, prior_draws=5)
    values = tree["posterior"].to_dataset()["individual_spread"].values.copy()
    values[3, 4] = np.nextafter(values[3, 4], np.inf)
    moved = with_variable(tree, "posterior", "individual_spread", values)
    assert draws_digest(tree) == draws_digest(synthetic_tree(draws=5, prior_draws=5))
    assert draws_digest(tree) != draws_digest(moved)
