"""How well the times of samples are known, against a truth that is made."""

from collections.abc import Iterator

import numpy as np

from firmware_protocol import (
    ImuFrame,
    SensorConfig,
    decode_frame,
    encode_config,
    encode_frame,
    gatt,
)
from firmware_protocol.codes import Status
from firmware_protocol.control import (
    CONTROL_VERSION,
    SCHEMA_HASH,
    HelloReply,
    TimeReply,
    encode_message,
)
from monitor.model import Connected, LinkEvent, Notified, SampleChunk
from monitor.pipeline import Acquire
from simulator.imu import ACC_RANGE_G, GYR_RANGE_DPS
from tests.benchmarks.figures import Figure, Subject
from tests.timebase.arrivals import INTERVAL_S, LEAST_DELAY_S, stalling_delays

T0_NS = 1_790_000_000_000_000_000
DRIFT_PPM = 40.0  # issue 3
RATE_HZ, PACKET = 100, 10
TRIPS_EVERY_S, TRIPS = 180.0, 8
GAP_EVERY_S, GAP_S = 60.0, 1.0  # a gap begins a new segment
SETTLED_S = 120.0
NUMBERS = 10_000  # one axis counts so far
ACC_STEP = ACC_RANGE_G * 9.80665 / 32768  # m/s^2


def measure(quick: bool) -> Iterator[Figure]:
    seconds = 240 if quick else 3600
    said = (
        f"{DRIFT_PPM:g} ppm, delays of {LEAST_DELAY_S * 1000:g} to 34 ms and more, stalls to 1.5 s"
    )
    for name, trips in (("alone", False), ("with round trips", True)):
        fit_ms, told_ms = _errors_ms(seconds, trips=trips)
        if not trips:
            least = "besides the least delay"
            yield Figure("clock fit, sd", float(fit_ms.std()), "ms", note=said)
            yield Figure("clock fit, mean", float(fit_ms.mean()), "ms", note=least)
        yield Figure(f"samples, mean, {name}", float(told_ms.mean()), "ms", note="late is positive")
        yield Figure(f"samples, sd, {name}", float(told_ms.std()), "ms", note="a gap each minute")
        worst = float(np.abs(told_ms).max())
        yield Figure(f"samples, worst, {name}", worst, "ms")


def _errors_ms(seconds: int, *, trips: bool) -> tuple[np.ndarray, np.ndarray]:
    """Once settled: of the fit at each frame, and of the time told for a sample of each chunk."""
    path = Acquire()
    fit, told = [], []
    settled_s = min(SETTLED_S, seconds / 2)
    for event in _events(seconds, trips):
        if isinstance(event, Notified) and event.characteristic == gatt.IMU:
            number = decode_frame(event.payload).sequence
            if number / RATE_HZ >= settled_s:
                late_ns = path.timebase.state.clock.utc_ns(_device_us(number)) - T0_NS
                fit.append(late_ns / 1e6 - (_true_s(number) + LEAST_DELAY_S) * 1000)
        for item in path.push(event):
            if isinstance(item, SampleChunk) and len(item):
                told_s = (item.segment.time_ns(item.first) - T0_NS) / 1e9
                # The first axis tells the number, fractions included, once in 100 s.
                fine = float(item.acc_mps2[0, 0]) / ACC_STEP
                whole = fine + round((told_s * RATE_HZ - fine) / NUMBERS) * NUMBERS
                if told_s >= settled_s and 1 < fine < NUMBERS - 2:
                    told.append((told_s - _true_s(whole)) * 1000)
        path.push_past(event)
        path.push_notices(event)
    return np.array(fit), np.array(told)


def _events(seconds: int, trips: bool) -> list[LinkEvent]:
    rng = np.random.default_rng(5)
    config = encode_config(SensorConfig(1, 7, RATE_HZ * 1000, ACC_RANGE_G, GYR_RANGE_DPS, PACKET))
    first = Connected(T0_NS, "C0:00:00:00:00:01", "benchmark")
    events: list[LinkEvent] = [first, Notified(T0_NS, gatt.CONFIG, config)]
    if trips:
        hello = HelloReply(1, Status.OK, CONTROL_VERSION, SCHEMA_HASH, 7, 0, 65_536)
        events.append(Notified(T0_NS, gatt.CONTROL, encode_message(hello)))
    numbers = [
        number
        for number in range(0, seconds * RATE_HZ, PACKET)
        if number / RATE_HZ % GAP_EVERY_S <= GAP_EVERY_S - GAP_S  # else out of range
    ]
    sent_s = np.array([_true_s(number + PACKET - 1) for number in numbers])
    later: list[tuple[int, Notified]] = []
    for number, at_s in zip(numbers, sent_s + stalling_delays(sent_s, rng), strict=True):
        counts = np.zeros((PACKET, 6), np.int16)
        counts[:, 0] = np.arange(number, number + PACKET) % NUMBERS
        frame = ImuFrame(7, number, _device_us(number), counts)
        at_ns = T0_NS + round(at_s * 1e9)
        later.append((at_ns, Notified(at_ns, gatt.IMU, encode_frame(frame))))
    asked_s = 1.0
    while trips and asked_s < seconds:
        for index in range(TRIPS):
            there_s, back_s = LEAST_DELAY_S + rng.uniform(0, INTERVAL_S, 2)
            arrived_s = asked_s + index * 0.1 + there_s
            token = (T0_NS // 1000 + round((arrived_s - there_s) * 1e6)) % 2**32
            device_us = round(arrived_s * (1 + DRIFT_PPM * 1e-6) * 1e6)
            reply = TimeReply(index + 1, token, device_us, 200)
            at_ns = T0_NS + round((arrived_s + 0.0002 + back_s) * 1e9)
            later.append((at_ns, Notified(at_ns, gatt.CONTROL, encode_message(reply))))
        asked_s += TRIPS_EVERY_S
    return events + [event for _, event in sorted(later, key=lambda pair: pair[0])]


def _true_s(number: float) -> float:
    """When a sample was taken: one crystal drives the clock and the sampling."""
    return number / RATE_HZ / (1 + DRIFT_PPM * 1e-6)


def _device_us(number: int) -> int:
    return number * 1_000_000 // RATE_HZ


SUBJECT = Subject("clock", "Times of samples against the truth", measure)
