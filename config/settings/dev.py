"""The embedded default of `make run`: one machine, plain HTTP on loopback, real servers in var/."""

import sys

from .base import *  # noqa: F403
from .base import INSTALLED_APPS

if "runserver" in sys.argv:  # Daphne's runserver speaks WebSocket; elsewhere it costs a second
    INSTALLED_APPS = ["daphne", *INSTALLED_APPS]
