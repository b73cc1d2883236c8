"""What happens to people that higher apps may hear."""

from django.dispatch import Signal

access_changed = Signal()  # user_ids: list[int]
rights_written = Signal()  # user_ids: set[int]; at once, not after commit
