"""Stories: pinned results as a calm, honest sequence that leaves the house and can be rebuilt.

Reading order
-------------
1. `frame`, `book`: what a story is, as JSON. `numbers`: every number with its identity.
2. `counts`, `cells`, `withhold`, `drawn`, `sentences`: nothing small leaves, nor can it be worked out.
3. `shown`, `keeping`, `shelf`: what a frame shows, kept beside the dataset when it is pinned.
4. `rebuild`: the same story told again, and which numbers moved.
5. `page`, `slides`, `workbook`, `pictures`: the files.

Definition. A frame is one result (headline, chart or table) of one analysis, with its parameters, day
and population. Its sentence is written from the numbers; one that a person changed is marked. A cell
of 1 to k-1 customers is withheld (k = 10 unless set), and so are further cells until none of them can
be worked out; see `cells` for what an attacker is taken to know.
"""
