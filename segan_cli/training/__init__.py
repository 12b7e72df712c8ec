"""SE-GAN learns a hand; torch lives here, in `evaluation` and in `benchmark`."""
