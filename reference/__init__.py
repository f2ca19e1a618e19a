"""The answers that student work is compared with; numpy only."""
