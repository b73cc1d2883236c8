"""The embedded default of `make run`: one machine, plain HTTP on loopback, real servers in var/."""

from .base import *  # noqa: F403
