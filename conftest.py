"""Loads the test servers before any settings: this file is read before pytest-django sets up."""

pytest_plugins = ["tests.servers"]
