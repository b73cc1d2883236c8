"""What was found, for apps above."""

from django.dispatch import Signal

forecast_made = Signal()  # metric_id: int, forecast_id: int
anomalies_found = Signal()  # metric_id: int, anomaly_ids: list[int]
insights_told = Signal()  # metric_id: int, insight_id: int
