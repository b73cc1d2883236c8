"""`python -m config.serve ...`: the same commands without manage.py."""

import sys

from .cli import main

sys.exit(main(sys.argv[1:]))
