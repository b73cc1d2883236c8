"""Reads an uploaded file in a process of its own: `python -m apps.datasources.reading`.

A file from outside may be anything, so what reads it has no secrets, no database and hard limits
in memory, time and disk; Django is not loaded here.
"""
