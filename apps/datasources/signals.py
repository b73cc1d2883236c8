"""What happens to rows that higher apps may hear."""

from django.dispatch import Signal

rows_recorded = Signal()  # dataset_id: int, window: Window, rows: int
