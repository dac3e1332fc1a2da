"""Interpretation of a shift beside scikit-digital-health's sit-to-stand and gait on the same file.

It is a library of its own needs, so it runs in a Python of its own:

    python -m venv elsewhere && elsewhere/bin/pip install scikit-digital-health
    BACKWATCH_SKDH_PYTHON=elsewhere/bin/python python -m tests.benchmarks --only skdh
"""

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from monitor.analysis import Options, analyze
from monitor.model import Placement
from monitor.profiles import PROFILES
from monitor.recording import read_recording
from tests.benchmarks.figures import Figure, Subject, missing
from tests.benchmarks.processes import run

PYTHON = "BACKWATCH_SKDH_PYTHON"
SHIFT_H, QUICK_H = 8.0, 0.1
G_MPS2 = 9.80665
START_S = 1_700_000_000.0  # s; it wants times of a real day
HEIGHT_M = 1.75  # m; of the simulated person, for step lengths

# What the other Python runs: CPU seconds of each on the arrays of a file, in one thread.
THEIRS = """
import json, sys, time, warnings
warnings.simplefilter("ignore")
import numpy as np
from skdh import __version__
from skdh.context import PredictGaitLumbarLgbm
from skdh.gait import GaitLumbar
from skdh.sit2stand import Sit2Stand
data = np.load(sys.argv[1])
at, acc, gyr = data["time"], data["acc"], data["gyr"]
begin = time.process_time()
Sit2Stand().predict(time=at, accel=acc)
stood = time.process_time()
walks = PredictGaitLumbarLgbm().predict(time=at, accel=acc)
bouts = np.stack([walks["Gait Bout Start Index"], walks["Gait Bout Stop Index"]], axis=1)
GaitLumbar().predict(time=at, accel=acc, gyro=gyr, height=float(sys.argv[2]), gait_bouts=bouts)
walked = time.process_time()
print(json.dumps([__version__, stood - begin, walked - stood]))
"""


def measure(quick: bool) -> Iterator[Figure]:
    python = os.environ.get(PYTHON)
    if not python:
        yield missing("sit2stand and gait", "x", f"name a Python that has it in {PYTHON}")
        return
    hours = QUICK_H if quick else SHIFT_H
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shift.parquet"
        where = ["--placement", Placement.LOW_BACK.value]  # gait is told from there
        shift = ["backwatch", "simulate", "warehouse_shift", "--hours", f"{hours}", *where]
        run([*shift, "--out", f"{path}"])
        recording = read_recording(path)
        begin_s = time.process_time()
        analyze(recording, Options(PROFILES["manual"], Placement.LOW_BACK))
        ours_s = time.process_time() - begin_s
        yield Figure("interpretation", ours_s, "s CPU", note=f"{hours:g} h at the low back")
        arrays = Path(folder) / "shift.npz"
        [piece] = recording.pieces
        np.savez(
            arrays,
            time=piece.time_s - piece.time_s[0] + START_S,
            acc=piece.acc_mps2 / G_MPS2,
            gyr=piece.gyr_radps,
        )
        one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
        told = [python, "-c", THEIRS, str(arrays), str(HEIGHT_M)]
        try:
            done = subprocess.run(
                told, env={**os.environ, **one}, capture_output=True, text=True, check=True
            )
        except (OSError, subprocess.CalledProcessError) as error:
            said = getattr(error, "stderr", None) or str(error)
            yield missing("sit2stand and gait", "x", f"{PYTHON}: {said.strip().splitlines()[-1]}")
            return
    version, stood_s, walked_s = json.loads(done.stdout.splitlines()[-1])
    yield Figure("sit2stand", stood_s, "s CPU", note=f"scikit-digital-health {version}")
    yield Figure("gait", walked_s, "s CPU", note="bouts of walking found and described")
    ratio = (stood_s + walked_s) / ours_s
    yield Figure("sit2stand and gait / ours", ratio, "x", least=10.0, note="same samples")


SUBJECT = Subject("skdh", "Interpretation beside scikit-digital-health", measure)
