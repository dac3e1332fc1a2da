"""A profile's version stands for its thresholds: results stored under it stay explicable."""

import hashlib
from itertools import product

import pytest

from backwatch.tour import PACE
from monitor.model import Placement
from monitor.profiles import PROFILES, Profile, placed

# Of every threshold, at every placement. Changed one? Raise the version and record both.
KNOWN = {
    "desk/1": "f2096b3113f792ed",
    "manual/1": "e4a4a0c978c0a311",
    "desk/2": "48aba44b0bf5a86d",
    "manual/2": "5abfc6ef72949308",
    "desk/3": "6085fcec83c07b79",
    "manual/3": "40ef5070fb1476db",
    "desk/4": "3afd002592f7185c",
    "manual/4": "92d91e85d8678143",
    "desk/5": "d9d48a9136818ad4",
    "manual/5": "04ed4dde4f641d6c",
    "desk/6": "25c4b51234de8b4d",
    "manual/6": "b43464514aca386a",
    "desk/7": "d2334ed38181d1e7",
    "manual/7": "a4a8338e2ecb1aec",
    "training/7": "ce09bcee2c16eb03",
    "desk/8": "da684ebd45982a61",
    "manual/8": "d7bd222ea4c7ae3d",
    "training/8": "d973dd362d530e5e",
    "desk/9": "61585ec5eed5efd5",
    "manual/9": "1959c23463bf5002",
    "training/9": "a12ce1b4943374da",
    "tour/1": "6a3b75e6cd49a2cc",
    "tour/2": "a371e722cbee084c",
}


def thresholds(profile: Profile) -> str:
    """A digest of all that the profile decides by."""
    said = [
        repr(placed(profile, placement, calibrated=calibrated))
        for placement, calibrated in product(Placement, (False, True))
    ]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]


@pytest.mark.parametrize("profile", [*PROFILES.values(), PACE.profile], ids=[*PROFILES, "tour"])
def test_a_changed_threshold_has_raised_the_version(profile):
    assert KNOWN[profile.key] == thresholds(profile)


def test_results_carry_the_version():
    assert {profile.states.profile for profile in PROFILES.values()} <= set(KNOWN)
