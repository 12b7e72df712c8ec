"""`python -m segan_cli`, which `torchrun` needs, is the same as `segan`."""

from segan_cli.cli import main

if __name__ == "__main__":
    main()
