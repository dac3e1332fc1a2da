"""The back-off is a pure function of what failed and when."""

from hypothesis import given
from hypothesis import strategies as st

from monitor.link.reconnect import POLICIES, STABLE_S, Backoff, Failure

failures = st.sampled_from(Failure)
not_a_miss = st.sampled_from([f for f in Failure if f is not Failure.NOT_FOUND])
steps = st.lists(
    st.tuples(failures, st.booleans(), st.floats(0, 1e6, allow_nan=False)), max_size=50
)


def run(steps):
    """Delays of a life: (failure, was there a connection before it, seconds it took)."""
    state, now_s, delays = Backoff(), 0.0, []
    for failure, connected, took_s in steps:
        if connected:
            state = state.connected(now_s)
        now_s += took_s
        delay_s, state = state.failed(failure, now_s)
        delays.append(delay_s)
        now_s += delay_s
    return delays, state


@given(steps)
def test_every_delay_lies_between_nothing_and_the_longest_of_its_kind(steps):
    delays, _ = run(steps)

    for (failure, _, _), delay_s in zip(steps, delays, strict=True):
        assert 0 <= delay_s <= POLICIES[failure].longest_s


@given(not_a_miss, st.integers(1, 200))
def test_the_same_failure_in_a_row_never_waits_less(failure, n):
    delays, _ = run([(failure, False, 0.0)] * n)

    assert delays == sorted(delays)
    assert delays[0] == POLICIES[failure].first_s


@given(failures)
def test_the_same_failure_for_ever_waits_the_longest(failure):
    delays, _ = run([(failure, False, 0.0)] * 100)

    assert delays[-1] == POLICIES[failure].longest_s


@given(steps, not_a_miss)
def test_a_stable_connection_forgives_everything(steps, failure):
    _, state = run(steps)

    delay_s, _ = state.connected(1e9).failed(failure, 1e9 + STABLE_S)

    assert delay_s == POLICIES[failure].first_s


@given(st.integers(1, 30), st.floats(0, STABLE_S - 1))
def test_a_connection_that_breaks_at_once_does_not_reset_the_delay(n, lasted_s):
    delays, _ = run([(Failure.LOST, True, lasted_s)] * n)

    assert delays == run([(Failure.LOST, False, 0.0)] * n)[0]


@given(not_a_miss, st.integers(1, 8), st.integers(0, 50))
def test_searching_in_vain_neither_lengthens_nor_ends_a_run(failure, n, misses):
    plain, _ = run([(failure, False, 0.0)] * (n + 1))

    with_misses, _ = run(
        [(failure, False, 0.0)] * n
        + [(Failure.NOT_FOUND, False, 10.0)] * misses
        + [(failure, False, 0.0)]
    )

    assert with_misses[-1] == plain[-1]


@given(st.integers(1, 50))
def test_finding_the_sensor_starts_the_pauses_of_the_search_afresh(misses):
    delays, _ = run([(Failure.NOT_FOUND, False, 10.0)] * misses + [(Failure.NOT_FOUND, True, 5.0)])

    assert delays[-1] == POLICIES[Failure.NOT_FOUND].first_s


def test_every_failure_has_a_policy():
    assert set(POLICIES) == set(Failure)
