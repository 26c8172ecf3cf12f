"""What a run says of every row and every study when it is left out: LOO-PIT and Pareto k."""

from ._left_out_rows import LeftOutRows as LeftOutRows
from ._left_out_rows import left_out_rows as left_out_rows
