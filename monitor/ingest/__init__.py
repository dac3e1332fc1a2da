"""Link events turned into raw chunks; bad bytes are counted, never raised."""

from monitor.ingest.ingest import Ingest, Params, State, Statistics

__all__ = ["Ingest", "Params", "State", "Statistics"]
