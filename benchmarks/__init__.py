"""Speed beside opponents, in one run each; never part of the tests."""
