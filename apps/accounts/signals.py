"""What happens to people that higher apps may hear."""

from django.dispatch import Signal

access_changed = Signal()  # user_ids: list[int]
