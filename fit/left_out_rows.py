"""What a run says of every row and every study when it is left out: LOO-PIT and Pareto k."""

from ._left_out_rows import LeftOutRows, left_out_rows

__all__ = ["LeftOutRows", "left_out_rows"]
