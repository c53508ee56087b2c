"""The parts of the Load page: `sources` (files, sample bank), `plans` (what each file is),
`importing` (steps, progress, cancel), `outcome` (accounting, findings, readiness), `shelf`."""
