"""Proofs of what a run claims: written beside it, and checked by a file that knows none of ours."""
