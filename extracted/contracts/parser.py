"""A wrong word on a command line is one line and exit code 2, without the usage before it."""

import argparse
from typing import NoReturn


class Parser(argparse.ArgumentParser):
    """Also what its subcommands are read with."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and where to read on."""
        self.exit(2, f"{self.prog}: {message}; see --help\n")
