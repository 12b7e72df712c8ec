"""What the network draws: bundles, normalisation, the inference session."""
