"""The methods that SE-GAN is compared with: zi2zi, CycleGAN, StarGAN, DG-Font."""
