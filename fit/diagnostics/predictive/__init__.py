"""What is expected of rows: intervals, single rows left out, suspects, spreads between patients."""
