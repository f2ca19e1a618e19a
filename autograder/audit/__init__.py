"""Are the tests themselves any good: the gate before a release."""

from autograder.audit.bench import QUICK, WHOLE, Size
from autograder.audit.records import AuditResult
from autograder.audit.run import audit_assignment

__all__ = ["QUICK", "WHOLE", "AuditResult", "Size", "audit_assignment"]
