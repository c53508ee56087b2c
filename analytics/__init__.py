"""Pure analytics: extracts in, typed results and Altair charts out. Never streamlit, never pages.

Reading order
-------------
1. `text`, `params`, `schema`, `findings`, `clock`: the vocabulary.
2. `ingest`: bytes to canonical tables, every row accounted for.
3. `dataset`, `store`, `state`: one immutable file per dataset, who owns it, what lives beside it.
4. `quality`: what is wrong with an extract, and which analyses it can carry.
5. `registry`: the list of analyses; `rfm` is the first and the pattern for the others.
6. `privacy`, `style`, `names`, `legible`, `export`: what leaves, how it looks, in which files.
7. `cli`: the same, headless.
"""

import os

# OpenMP threads fighting each other are ruinous on small data (1.68 s against 0.21 s for the same
# fit); must be set before numpy is imported, hence here.
os.environ.setdefault("OMP_NUM_THREADS", "1")
