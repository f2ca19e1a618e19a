"""What grading costs, beside other graders and bare execution: `python -m benchmarks`."""
