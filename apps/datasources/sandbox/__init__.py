"""Asks uploaded files, in a process of its own that has no settings, no secrets and no network.

Started by apps/datasources/connectors/child.py; nothing here may import Django.
"""
