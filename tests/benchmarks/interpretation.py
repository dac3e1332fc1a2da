"""Interpretation of a shift against the raw orientation filter, and in pushes of ten samples."""

import gc
import json
import tempfile
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import vqf

from backwatch.session import make_pipeline
from firmware_protocol import ImuFrame, SensorConfig, encode_config, encode_frame, gatt
from monitor.analysis import Options, analyze
from monitor.config import Config
from monitor.model import Connected, LinkEvent, Notified
from monitor.pipeline import Pipeline
from monitor.profiles import PROFILES
from monitor.recording import read_recording
from monitor.recording.read import CHUNK
from simulator.imu import ACC_RANGE_G, GYR_RANGE_DPS
from simulator.scenarios import count_stream
from tests.benchmarks.figures import Figure, Subject, percentile
from tests.benchmarks.processes import run

SHIFT_H, QUICK_H = 8.0, 0.02
RATE_HZ = 100
PACKET = 10  # samples
T0_NS = 1_790_000_000_000_000_000
SENSORS = 1000  # at 100 Hz on one core, the path alone. Ours


def measure(quick: bool) -> Iterator[Figure]:
    hours = QUICK_H if quick else SHIFT_H
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shift.parquet"
        made = run(
            ["backwatch", "simulate", "warehouse_shift", "--hours", f"{hours}", "--out", f"{path}"]
        )
        yield Figure(
            "made", made.cpu_s, "s", note=f"CPU to simulate {hours:g} h of warehouse_shift"
        )
        recording = read_recording(path)
        samples = sum(len(piece.time_s) for piece in recording.pieces)
        raw_s = min(_filter_s(recording) for _ in range(3))
        yield Figure(
            "raw VQF",
            raw_s / samples * 1e9,
            "ns/sample",
            note=f"in blocks of {CHUNK}",
        )
        ours_s = min(_analysis_s(recording) for _ in range(3))
        yield Figure("interpretation", ours_s / samples * 1e9, "ns/sample", note=f"{ours_s:.1f} s")
        yield Figure("interpretation / VQF", ours_s / raw_s, "", most=1.5, note="same samples")
        whole = run(["backwatch", "analyze", str(path), "--json"])
        json.loads(whole.output)
        yield Figure("whole command / VQF", whole.cpu_s / raw_s, "", most=2.5)
        yield Figure("peak memory", whole.peak_mb, "MB", most=250.0, note="of the whole command")
        del recording
        small = Path(folder) / "minute.parquet"
        run(["backwatch", "simulate", "short", "--seconds", "60", "--out", str(small)])
        answers = [
            run(["backwatch", "analyze", str(small)]).cpu_s for _ in range(1 if quick else 5)
        ]
        yield Figure(
            "start to first answer", min(answers), "s CPU", most=0.7, note="a minute's file"
        )
    yield from _pushes(30 if quick else 600)
    yield _memory(2 if quick else 4, 20 if quick else 90)


def _analysis_s(recording) -> float:
    begin_s = time.process_time()
    analyze(recording, Options(PROFILES["desk"]))
    return time.process_time() - begin_s


def _filter_s(recording) -> float:
    begin_s = time.process_time()
    for piece in recording.pieces:
        raw = vqf.VQF(1 / piece.rate_hz)
        for start in range(0, len(piece.time_s), CHUNK):
            stop = start + CHUNK
            gyr = np.ascontiguousarray(piece.gyr_radps[start:stop])
            raw.updateBatch(gyr, np.ascontiguousarray(piece.acc_mps2[start:stop]))
    return time.process_time() - begin_s


def notifications(seconds: int, scenario: str = "warehouse_shift") -> list[LinkEvent]:
    """What a sensor says in so long, from the first word on; a frame is late by 20 ms."""
    config = encode_config(SensorConfig(1, 7, RATE_HZ * 1000, ACC_RANGE_G, GYR_RANGE_DPS, PACKET))
    events: list[LinkEvent] = [
        Connected(T0_NS, "C0:00:00:00:00:01", "benchmark"),
        Notified(T0_NS, gatt.CONFIG, config),
    ]
    rows: list[np.ndarray] = []
    count = 0
    for block in count_stream(scenario, 1, RATE_HZ):
        rows.append(block)
        count += len(block)
        if count >= seconds * RATE_HZ:
            break
    counts = np.concatenate(rows)
    for first in range(0, seconds * RATE_HZ, PACKET):
        frame = ImuFrame(7, first, first * 1_000_000 // RATE_HZ, counts[first : first + PACKET])
        at_ns = T0_NS + (first + PACKET) * 1_000_000_000 // RATE_HZ + 20_000_000
        events.append(Notified(at_ns, gatt.IMU, encode_frame(frame)))
    return events


def _warm() -> Pipeline:
    return make_pipeline(Config())


def _pushes(seconds: int) -> Iterator[Figure]:
    events = notifications(seconds + 60)
    rounds = [_round_us(events) for _ in range(1 if seconds < 60 else 3)]
    mean_us, took_us = min(rounds, key=lambda one: one[0])
    most_us = 1e6 / (SENSORS * RATE_HZ / PACKET)
    yield Figure(
        "push of 10 samples",
        mean_us,
        "us CPU",
        most=most_us,
        note="mean, all stages; the quietest of three rounds",
    )
    yield Figure("push of 10, p99", percentile(took_us, 99), "us", most=1000.0, note="wall")
    sensors = 1e6 / mean_us / (RATE_HZ / PACKET)
    yield Figure("sensors per core", sensors, "", least=float(SENSORS), note="100 Hz, path only")


def _round_us(events: list[LinkEvent]) -> tuple[float, list[float]]:
    """CPU of a push, mean, and how long each took, after the first minute [us]."""
    path = _warm()
    settled = 60 * RATE_HZ // PACKET
    for event in events[:settled]:
        path.push(event)
    took_us = []
    begin_s = time.process_time()
    for event in events[settled:]:
        at_ns = time.perf_counter_ns()
        path.push(event)
        took_us.append((time.perf_counter_ns() - at_ns) / 1000)
    return (time.process_time() - begin_s) / len(took_us) * 1e6, took_us


def _memory(sensors: int, seconds: int) -> Figure:
    events = notifications(seconds)
    warm = _warm()
    for event in events[:50]:
        warm.push(event)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    paths = [_warm() for _ in range(sensors)]
    for path in paths:
        for event in events:
            path.push(event)
    gc.collect()  # what nobody holds any more is not of a sensor
    kept = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    return Figure(
        "memory per sensor", kept / sensors / 1000, "kB", most=100.0, note=f"after {seconds} s live"
    )


SUBJECT = Subject("interpretation", "Interpretation, in one process", measure)
