"""The only shared Streamlit code. Reading order:

`words` (language, safe labels), `session` (who, which dataset, as_of, population), `view` and `url`
(the view in the address bar), `frame` (sidebar, title, scope line, empty states), `forms` (widgets from
Params), `runs` (cached and long work), `charts`, `tables`, `audience`, `computed`, `presets`, and
`analysis`, which puts them together: a page of one analysis is one call.
"""
