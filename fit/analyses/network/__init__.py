"""Network meta-analysis of contrasts: what trials say of treatments where no model of courses enters.

May be imported by rooms above it in `windup.fit.analyses`, by reports and by the command line.
"""
