"""How strongly the truths are planted: a naive and a careful method, side by side, on any bank.

`python -m sample_data.strength` prints the figures that README.md quotes. The careful methods here
are short references, not the product's engines: they only show that the truth can be found.
"""
