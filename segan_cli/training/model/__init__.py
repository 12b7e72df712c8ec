"""The networks of SE-GAN and their losses."""
