"""Every sample taken is delivered, still in the ring, or told lost with a reason; and never twice
as something else, and never with a byte outside the buffers."""

import shutil
import subprocess

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from firmware_protocol import control as c
from firmware_protocol.codes import LossReason, StreamMode
from simulator.core import Engine
from simulator.core_compiled import BOARD, STRICT, sources
from tests.simulator_core.traffic import (
    MTUS,
    Bench,
    Listener,
    covered,
    happenings,
    link_happenings,
    setup,
)

compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
needs_compiler = pytest.mark.skipif(
    compiler is None, reason="No C compiler was found, so the C core is not run."
)
engines = [pytest.param(Engine.C, marks=needs_compiler), Engine.MODEL]
thorough = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
setups = st.builds(setup, st.sampled_from([32, 64, 160]), st.sampled_from([0, 2**32 - 70]))


def drain(bench, listener, count=2**30):
    """Ask for the whole of the present run, and hear it out."""
    boot_id, first = bench.runs[-1]
    given_since = (bench.next - first) % 2**32
    back = min(given_since, 2**30)
    if back == 0:
        return []
    listener.done = None
    bench.command(c.Backfill(9, boot_id, (bench.next - back) % 2**32, count))
    heard = []
    for _ in range(2000):
        heard += bench.poll(1000)
        bench.wait(10_000)
        if heard and heard[-1][1][0] == 0x33:
            break
    listener.hear(heard)
    assert listener.done == c.BackfillDone(9, boot_id, bench.next)
    return heard


@pytest.mark.parametrize("engine", engines)
@given(made=setups, steps=link_happenings, mtu=st.sampled_from(MTUS), lossy=st.randoms())
@thorough
def test_every_sample_is_delivered_in_the_ring_or_lost_for_a_reason(
    engine, made, steps, mtu, lossy
):
    bench = Bench(made, [engine])
    listener = Listener(bench)
    acknowledged = set()
    boots = {bench.core.boot_id}
    for step in steps:
        if step[0] == "reboot":
            assume(step[1] not in boots)  # a boot id is drawn once
            boots.add(step[1])
        heard = bench.play(step)
        if step[0] == "poll":
            listener.hear([n for n in heard if lossy.random() < 0.9])
        listener.hear(bench.drained)
        bench.drained.clear()
        if step[0] == "acknowledge":
            acknowledged |= set(bench.taken)
        if step[0] in ("session", "reboot"):
            listener.renew()

    bench.session(mtu, StreamMode.OFF)
    listener.renew()
    bench.poll(1000)
    heard = drain(bench, listener)

    ranges = covered(heard)
    at = ranges[0][0] if ranges else bench.next
    for first, count in ranges:
        assert first == at, "a back-fill leaves no hole and goes forward"
        at = (first + count) % 2**32
    assert at == bench.next
    for boot_id, first in bench.runs[:-1]:
        for quarter in range(4):
            bench.command(c.Backfill(10, boot_id, (first + quarter * 2**30) % 2**32, 2**30))
            listener.hear(bench.poll(1000))
    for key in bench.taken:
        if key in listener.received:
            continue
        if key[0] == bench.core.boot_id and (bench.next - key[1]) % 2**32 > 2**30:
            continue  # beyond what a device must remember
        assert key in listener.lost
        if listener.lost[key] == LossReason.ACKNOWLEDGED:
            assert key in acknowledged
        if listener.lost[key] == LossReason.REBOOTED:
            assert key[0] != bench.core.boot_id


@needs_compiler
@given(made=setups, steps=happenings)
@thorough
def test_the_model_is_the_c_core(made, steps):
    bench = Bench(made, [Engine.C, Engine.MODEL])

    for step in [("session", 247, StreamMode.FRAMES), *steps, ("poll", 1000)]:
        bench.play(step)  # which compares them


@pytest.fixture(scope="module", params=["gcc", "clang"])
def replay(tmp_path_factory, request):
    sanitizing = shutil.which(request.param)
    if sanitizing is None:
        pytest.skip(f"{request.param} was not found, so the core is not run under its sanitizers.")
    program = tmp_path_factory.mktemp("c") / "bw_replay"
    sanitizers = ["-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    include = ["-I", BOARD.parent.parent, "-I", BOARD]
    command = [sanitizing, *STRICT, *sanitizers, *include, "-o", program]
    built = subprocess.run(
        [*command, *sources(), BOARD / "bw_replay.c"], capture_output=True, text=True, timeout=120
    )
    if "asan" in built.stderr or "ubsan" in built.stderr:
        pytest.skip("The compiler has no sanitizers, so the core is not run under them.")
    assert built.returncode == 0, built.stderr
    return program


@given(made=setups, steps=happenings)
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
def test_no_traffic_makes_the_core_read_or_write_outside_its_buffers(replay, made, steps):
    bench = Bench(made, [Engine.MODEL])
    for step in [("session", 185, StreamMode.COMPACT), *steps, ("poll", 1000)]:
        bench.play(step)

    done = subprocess.run(
        [replay], input="\n".join(bench.script) + "\n", capture_output=True, text=True, timeout=60
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == bench.answers
