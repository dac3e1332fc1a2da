"""The key with which programs on this computer may use the page's API."""

import argparse
from pathlib import Path

from backwatch.errors import UserError

HELP = "print the key for programs that use the page's API"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings (backwatch.toml)")
    parser.add_argument(
        "--db", type=Path, metavar="FILE", help="where days are kept; the key lies beside it"
    )


def run(args: argparse.Namespace) -> int:
    from dashboard import Access, DashboardError
    from dashboard.auth import KEY_NAME
    from monitor.config import ConfigError, load_config

    try:
        config = load_config(args.config, {"db": args.db})
        print(Access(config.db.parent / KEY_NAME).api_token)
    except (ConfigError, DashboardError) as error:
        raise UserError(str(error)) from error
    return 0
