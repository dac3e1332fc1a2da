"""One module a subcommand: HELP, add_arguments(parser), run(args)."""

# Values of monitor.model.Placement, spelt out: `--help` need not load numpy.
PLACEMENTS = ("upper_back", "low_back", "chest", "waist")
