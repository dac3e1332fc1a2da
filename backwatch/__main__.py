"""Arguments in, exit code out."""

import argparse
import importlib
import pkgutil
import re
import sys
from collections.abc import Sequence

from backwatch import commands
from backwatch.errors import UserError, printable


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand; returns its exit code (2 for what a person can put right)."""
    parser = argparse.ArgumentParser(
        prog="backwatch",
        description="Awareness of how your back spends the day. Not a medical device.",
    )
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for module in sorted(pkgutil.iter_modules(commands.__path__), key=lambda found: found.name):
        command = importlib.import_module(f"backwatch.commands.{module.name}")
        subparser = subparsers.add_parser(
            module.name.replace("_", "-"), help=command.HELP, description=command.HELP
        )
        command.add_arguments(subparser)
        subparser.set_defaults(run=command.run)
    args = parser.parse_args(_join_axes(sys.argv[1:] if argv is None else argv))
    try:
        return int(args.run(args))
    except UserError as error:
        print(f"backwatch: {printable(str(error))}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0


def _join_axes(argv: Sequence[str]) -> list[str]:
    """Make `--forward -z` one word: on its own argparse takes "-z" for an option.

    The same for `--neutral -1:2`: the clock of a file may begin before zero.
    """
    out: list[str] = []
    for word in argv:
        axis = out[-1:] in (["--up"], ["--forward"]) and word in ("-x", "-y", "-z")
        if axis or (out[-1:] == ["--neutral"] and re.match(r"-[\d.]", word)):
            out[-1] += f"={word}"
        else:
            out.append(word)
    return out


if __name__ == "__main__":
    sys.exit(main())
