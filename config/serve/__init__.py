"""`make run`: starts and watches the database, Redis, web, worker and feeder. Knows no Django."""
