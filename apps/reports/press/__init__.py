"""What sets pages: a process that knows WeasyPrint and nothing of the product.

Started by apps/reports/presses.py; nothing here may import Django.
"""
