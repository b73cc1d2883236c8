"""`make run`: starts and watches the database, Redis, web, worker and feeder. Knows no Django."""

# Commands of manage.py that run before any setting is there (config/serve/cli.py).
COMMANDS = ("serve", "reset", "doctor")
