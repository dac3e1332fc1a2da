"""Sets of sample numbers."""

from hypothesis import given
from hypothesis import strategies as st

from monitor.ingest.coverage import Coverage, unwrap

stretches = st.lists(
    st.tuples(st.integers(-50, 50), st.integers(0, 20)).map(lambda s: (s[0], s[0] + s[1]))
)


def numbers(parts):
    return [number for start, stop in parts for number in range(start, stop)]


@given(stretches, st.integers(-60, 60), st.integers(0, 60))
def test_it_is_the_set_of_all_numbers_that_were_added(added, start, n):
    coverage, plain = Coverage(), set()
    for first, stop in added:
        fresh = coverage.add(first, stop)
        assert numbers(fresh) == [x for x in range(first, stop) if x not in plain]
        plain |= set(range(first, stop))

    holes = coverage.holes(start, start + n)

    assert numbers(holes) == [x for x in range(start, start + n) if x not in plain]
    settled = start
    while settled in plain:
        settled += 1
    assert coverage.settled(start) == settled
    assert coverage.stop == (max(plain) + 1 if plain else None)


@given(st.integers(-(2**40), 2**40), st.integers(-(2**31), 2**31 - 1))
def test_a_number_is_found_again_from_its_low_bits(near, step):
    assert unwrap((near + step) % 2**32, near) == near + step
