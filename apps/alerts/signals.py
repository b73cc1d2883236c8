"""What happens to incidents, for apps above."""

from django.dispatch import Signal

incident_opened = Signal()  # incident_id: int
incident_closed = Signal()  # incident_id: int

# Sent while a mail is composed, with `incident`: whoever can draw answers with a PNG as bytes.
# Pictures are made above alerts, so alerts ask and do not know whom.
picture_wanted = Signal()
