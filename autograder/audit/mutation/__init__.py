"""Small mistakes made automatically: each mutant is a reference function with one change."""

from autograder.audit.mutation.mutants import Mutant, make_mutants

__all__ = ["Mutant", "make_mutants"]
