"""What is learned: design, likelihood, sampler, diagnostics and reports."""
