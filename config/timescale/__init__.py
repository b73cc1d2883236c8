"""django-timescaledb as the database engine, made to run on plain PostgreSQL too."""
