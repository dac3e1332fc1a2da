"""Notifications of other makers' sensors turned into samples."""

from collections.abc import Mapping
from types import MappingProxyType

from monitor.ingest.vendors.capture2go import Capture2Go
from monitor.ingest.vendors.decoder import Decoder, Samples
from monitor.ingest.vendors.movella import Movella
from monitor.ingest.vendors.movesense import Movesense
from monitor.ingest.vendors.witmotion import WitMotion

DECODERS: Mapping[str, type[Decoder]] = MappingProxyType(
    {
        characteristic: decoder
        for decoder in (Movesense, Movella, WitMotion, Capture2Go)
        for characteristic in decoder.CHARACTERISTICS
    }
)

__all__ = ["DECODERS", "Capture2Go", "Decoder", "Movella", "Movesense", "Samples", "WitMotion"]
