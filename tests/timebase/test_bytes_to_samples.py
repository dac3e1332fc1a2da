"""Ingest and timebase together, on bytes from a device and a link that do everything wrong."""

from dataclasses import replace

import numpy as np
import pytest

from firmware_protocol import ImuFrame, SensorConfig, encode_config, encode_frame, gatt
from monitor.ingest import Ingest
from monitor.model import Disconnected, Notified, Origin, SegmentEnd
from monitor.stage import feed
from monitor.timebase import Timebase
from tests.timebase.arrivals import EPOCH_NS, RATE_HZ, Device, stream

CONFIG = SensorConfig(1, 1, int(RATE_HZ * 1000), 8, 1000, 18)
ACC_SCALE = 8 * 9.80665 / 32768


def notifications(device, chunks):
    """The chunks as bytes; the first axis says which sample it is, modulo 30000."""
    for chunk in chunks:
        counts = np.zeros((len(chunk), 6), np.int16)
        counts[:, 0] = np.arange(chunk.sequence, chunk.sequence + len(chunk)) % 30_000
        frame = ImuFrame(device.boot_id, chunk.sequence % 2**32, chunk.device_us, counts)
        yield Notified(chunk.at_ns, gatt.IMU, encode_frame(frame))


def spoiled(events, rng):
    """The events with frames lost, doubled, swapped, cut and corrupted, one in 100 each."""
    out = []
    for event in events:
        match rng.integers(100):
            case 0:
                continue
            case 1:
                out += [event, event]
            case 2 if out:
                held = out.pop()
                out += [replace(event, at_ns=held.at_ns), replace(held, at_ns=event.at_ns)]
            case 3:
                out.append(replace(event, payload=event.payload[: rng.integers(1, 100)]))
            case 4:
                payload = bytearray(event.payload)
                payload[rng.integers(len(payload))] ^= 1 << rng.integers(8)
                out.append(replace(event, payload=bytes(payload)))
            case _:
                out.append(event)
    return out


@pytest.mark.parametrize("seed", range(3))
def test_every_measured_sample_is_true_and_on_time_through_all_faults(seed):
    rng = np.random.default_rng(seed)
    wrap = 2**32 - 20_000
    device = Device(booted_s=0.0)
    chunks = stream(device, 400, rng, first=wrap)
    events = spoiled(notifications(device, chunks), rng)
    ingest, timebase = Ingest(), Timebase()

    raw = feed(ingest, [Notified(EPOCH_NS, gatt.CONFIG, encode_config(CONFIG)), *events])
    out = feed(timebase, [*raw, *ingest.push(Disconnected(raw[-1].at_ns, "closed"))])

    measured = 0
    for chunk in (item for item in out if not isinstance(item, SegmentEnd)):
        true = chunk.origin == Origin.MEASURED
        index = chunk.first + np.flatnonzero(true)
        segment_s = (chunk.segment.t0_ns - EPOCH_NS) / 1e9 + index / chunk.segment.rate_hz
        told = np.round(chunk.acc_mps2[true, 0] / ACC_SCALE)
        sample = segment_s * RATE_HZ * (1 + 40e-6)
        # Late by the least delay and at most 0.1 s of a start before the fit has settled.
        assert np.abs((sample - told + 15_000) % 30_000 - 15_000).max() <= 10
        measured += len(index)
    counted = ingest.statistics()
    assert measured == counted.samples
    assert counted.samples + counted.missing_samples == pytest.approx(40_000, abs=30)
    for fault in (counted.doubled, counted.late, counted.truncated, counted.checksum):
        assert fault > 10
    assert counted.boots == 1
    assert counted.restarts == 0
    assert out[-1].cause == "closed"
