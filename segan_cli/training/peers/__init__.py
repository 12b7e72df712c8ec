"""The peers of the paper's Table 1: small networks of other papers, trained on our pairs for the same time."""
