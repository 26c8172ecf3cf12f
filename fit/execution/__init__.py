"""Where work runs: the process, batches, tasks on a cluster, progress, and the identity of the code.

Imports `storage` and errors. Every room above it may import it; it knows nothing of pain or of posteriors.
"""
