"""From extracts to a dataset, every row accounted for. The way of a file through this package:

bytes (`reader`: containers, decode, dialect, shape, records) -> `RawFile` (`raw`) -> what it is and
how its cells are read (`examine`: values, aliases, guess, infer) -> `FilePlan` (`mapping`), which a
person may change and keep (`recipe`) -> typed staging tables (`stage`, `casts`) -> one immutable
file (`build`, `keys`, `bridge`) with its accounting and findings (`accounting`, `notes`).

Pages and the command line call `pipeline.examine`, `pipeline.import_plans`, `checkup.doctor` and
`append.append`; a page that edits a plan calls `examine.replan` and `examine.remap`.

Nothing is imported here: the child process that reads untrusted bytes starts without the database.
"""
