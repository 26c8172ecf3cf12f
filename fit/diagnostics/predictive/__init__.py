"""What is expected of rows: intervals, single rows left out, suspects, spreads between patients.

It imports the checks of mixing; diagnoses and every room above them may import it.
"""
