"""SE-GAN learns a hand: the only room where torch lives."""
