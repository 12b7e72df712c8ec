"""Steps, schedule, state, checkpoints."""
