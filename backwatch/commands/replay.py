"""A tape of link events through the same path again."""

import argparse
from pathlib import Path

from backwatch.commands.run import add_path_arguments
from backwatch.errors import UserError

HELP = "read a tape (run --record) again; the same options give the same bytes as the live run"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("tape", type=Path)
    add_path_arguments(parser)


def run(args: argparse.Namespace) -> int:
    import sys

    from backwatch.session import make_pipeline
    from backwatch.telling import Telling, json_lines, word_lines
    from monitor.config import ConfigError, load_config
    from monitor.link import TapeError, read_tape
    from monitor.plausible import Plausible

    names = ("profile", "placement", "up", "forward", "neutral_s")
    try:
        config = load_config(args.config, {name: getattr(args, name) for name in names})
        tape = read_tape(args.tape)
        path = Telling(
            make_pipeline(config),
            json_lines if args.json else word_lines,
            print,
            Plausible(config.up, config.forward),
        )
        for event in tape:
            path.push(event)
    except (ConfigError, TapeError) as error:
        raise UserError(str(error)) from error
    if tape.statistics().truncated:
        print("backwatch: the tape's last line was cut off and left out", file=sys.stderr)
    return 0
