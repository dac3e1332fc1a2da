"""Link events turned into raw chunks; bad bytes are counted, never raised."""

from monitor.ingest.backfill import Backfilled
from monitor.ingest.ingest import SAMPLES, Ingest, Params, State, Statistics

__all__ = ["SAMPLES", "Backfilled", "Ingest", "Params", "State", "Statistics"]
