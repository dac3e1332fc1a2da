"""Link events turned into raw chunks; bad bytes are counted, never raised."""

from monitor.ingest.backfill import Backfilled
from monitor.ingest.ingest import SAMPLES, Ingest, Params, State, Statistics
from monitor.ingest.notices import Notices

__all__ = ["SAMPLES", "Backfilled", "Ingest", "Notices", "Params", "State", "Statistics"]
