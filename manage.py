#!/usr/bin/env python
"""The command line of Sightline: `manage.py serve` starts everything."""

import os
import sys


def main() -> None:
    """Run one management command under the embedded settings, unless told otherwise."""
    from config import serve

    if sys.argv[1:2] and sys.argv[1] in serve.COMMANDS:
        # These make the servers and secrets that the settings ask for, so they come before them.
        from config.serve import cli

        sys.exit(cli.main(sys.argv[1:]))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
