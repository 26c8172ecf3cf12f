"""What holds for every test process."""

# XLA reads its flags with JAX's first computation, which some modules of tests make while they are imported.
import windup.fit  # noqa: F401
