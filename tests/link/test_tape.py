"""A tape gives back what was written, and says where it cannot."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.link import RecordedLink, TapeError, TapeLink, TapeWriter, read_tape
from monitor.model import (
    Asked,
    Asker,
    Connected,
    Disconnected,
    Fitted,
    Idle,
    Mounting,
    Notified,
    Ruled,
    Wish,
)
from monitor.profiles import PROFILES

at_ns = st.integers(0, 2**63 - 1)
text = st.text(max_size=40)
numbers = st.floats(-10.0, 10.0)
mountings = st.builds(
    Mounting, st.tuples(*[numbers] * 9), st.booleans(), text, numbers, st.none() | numbers
)
events = st.one_of(
    st.builds(Connected, at_ns, text, text),
    st.builds(Notified, at_ns, text, st.binary(max_size=300)),
    st.builds(Disconnected, at_ns, text),
    st.builds(Idle, at_ns),
    st.builds(Fitted, at_ns, mountings),
    st.builds(
        Asked,
        at_ns,
        st.sampled_from(Wish),
        st.sampled_from(Asker),
        st.none() | st.tuples(at_ns, at_ns).filter(lambda stretch: stretch[0] < stretch[1]),
    ),
    st.builds(
        Ruled,
        at_ns,
        st.none() | st.sampled_from(sorted(PROFILES)),
        st.dictionaries(st.sampled_from(["static_s", "standing_s"]), st.floats(600, 3600)).map(
            lambda own: tuple(sorted(own.items()))
        ),
    ),
)
SOME = [
    Connected(1_000_000_000, "C0:00:00:00:00:01", 'a "name"\n\x1b[2J<b>é'),
    Notified(1_000_000_001, "88730001", bytes(range(256))),
    Idle(2_000_000_000),
    Disconnected(3_000_000_000, "closed"),
]


def write(path, events, rest=b""):
    with TapeWriter(path) as tape:
        for event in events:
            tape.write(event)
    with path.open("ab") as file:
        file.write(rest)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "day.tape"


@given(st.lists(events, max_size=20))
def test_what_is_written_is_read(tmp_path_factory, events):
    path = tmp_path_factory.mktemp("tape") / "day.tape"

    write(path, events)

    reader = read_tape(path)
    assert list(reader) == events
    assert (reader.statistics().events, reader.statistics().truncated) == (len(events), 0)


def test_an_event_is_one_line_of_ascii(path):
    write(path, SOME)

    lines = path.read_bytes().splitlines()

    assert len(lines) == 1 + len(SOME)
    assert all(line.isascii() for line in lines)


def test_an_event_can_be_read_before_the_tape_is_closed(path):
    tape = TapeWriter(path)
    tape.write(SOME[0])

    assert list(read_tape(path)) == SOME[:1]
    tape.close()
    tape.close()


def test_a_crash_at_any_byte_costs_at_most_the_event_being_written(path, tmp_path):
    write(path, SOME)
    whole = path.read_bytes()
    header = whole.index(b"\n") + 1
    cut = tmp_path / "cut.tape"

    for end in range(header, len(whole)):
        cut.write_bytes(whole[:end])
        reader = read_tape(cut)

        assert list(reader) == SOME[: whole[header:end].count(b"\n")]
        assert reader.statistics().truncated == (whole[end - 1 : end] != b"\n")


def test_a_tape_cut_off_at_any_byte_can_be_carried_on(path, tmp_path):
    write(path, SOME)
    whole = path.read_bytes()
    cut = tmp_path / "cut.tape"

    for end in range(len(whole)):
        cut.write_bytes(whole[:end])
        write(cut, SOME[2:])

        kept = max(0, whole[:end].count(b"\n") - 1)
        assert list(read_tape(cut)) == SOME[:kept] + SOME[2:]


@pytest.mark.parametrize(
    "garbage",
    [
        b"garbage",
        b"",
        b"[]",
        b"{}",
        b"null",
        b'{"event":"notified","at_ns":1,"characteristic":"x","payload":"not base64!"}',
        b'{"event":"notified","at_ns":1,"characteristic":"x"}',
        b'{"event":"idle","at_ns":"now"}',
        b'{"event":"idle","at_ns":1.5}',
        b'{"event":"idle","at_ns":true}',
        b'{"event":"exploded","at_ns":1}',
        b'{"event":["idle"],"at_ns":1}',
        b'{"event":"idle","at_ns":1' + b"0" * 5000 + b"}",
        b"[" * 100_000,
        b"\xff\xfe",
    ],
)
def test_garbage_is_told_by_its_line(path, garbage):
    write(path, SOME)
    lines = path.read_bytes().splitlines()
    path.write_bytes(b"\n".join([*lines[:3], garbage, *lines[3:], b""]))
    reader = read_tape(path)

    assert [next(reader), next(reader)] == SOME[:2]
    with pytest.raises(TapeError, match="line 4 is not an event") as caught:
        next(reader)
    assert caught.value.line == 4


@pytest.mark.parametrize("content", [b"", b"hello\n", b"{}\n", b"[1]\n", b"\x00" * 100, b"\xff\n"])
def test_what_is_not_a_tape_is_refused(path, content):
    path.write_bytes(content)

    with pytest.raises(TapeError, match="not a tape"):
        read_tape(path)


def test_a_file_that_is_not_a_tape_is_not_written_over(path):
    path.write_bytes(b"my diary")

    with pytest.raises(TapeError, match="not a tape"):
        TapeWriter(path)

    assert path.read_bytes() == b"my diary"


def test_a_tape_of_another_version_is_refused(path):
    path.write_text('{"format":"backwatch-tape","version":2}\n')

    with pytest.raises(TapeError, match="version 2"):
        read_tape(path)


def test_a_tape_that_is_not_there_is_told(tmp_path):
    with pytest.raises(TapeError, match=r"none\.tape cannot be read"):
        read_tape(tmp_path / "none.tape")
    with pytest.raises(TapeError, match="cannot be written"):
        TapeWriter(tmp_path / "no folder" / "day.tape")


async def collect(link):
    return [event async for event in link]


async def test_a_tape_link_plays_what_is_on_the_tape(path):
    await asyncio.to_thread(write, path, SOME)

    assert await collect(TapeLink(path)) == SOME


async def test_a_tape_without_an_end_gets_one(path):
    await asyncio.to_thread(write, path, SOME[:2])

    assert await collect(TapeLink(path)) == [
        *SOME[:2],
        Disconnected(SOME[1].at_ns, "end of tape"),
    ]


async def test_a_tape_link_gives_what_comes_before_garbage(path):
    await asyncio.to_thread(write, path, SOME[:3], rest=b"garbage\n")
    got = []

    async def play():
        async for event in TapeLink(path):
            got.append(event)

    with pytest.raises(TapeError, match="line 5"):
        await play()
    assert got == SOME[:3]


async def test_a_tape_link_can_take_its_time(path):
    await asyncio.to_thread(write, path, SOME)
    loop = asyncio.get_running_loop()
    started = loop.time()

    assert await collect(TapeLink(path, speed=10)) == SOME
    assert 0.2 <= loop.time() - started < 1


async def test_a_tape_link_is_closed_while_it_waits(path):
    await asyncio.to_thread(write, path, SOME)
    link = TapeLink(path, speed=0.001)
    got = []

    async def play():
        async for event in link:
            got.append(event)
            asyncio.get_running_loop().call_later(0.05, link.close)

    await asyncio.wait_for(play(), 1)
    assert got == [*SOME[:2], Disconnected(SOME[1].at_ns, "closed")]


async def test_a_recorded_link_passes_on_what_it_writes_down(path, tmp_path):
    await asyncio.to_thread(write, path, SOME)
    copy = tmp_path / "copy.tape"

    tape = await asyncio.to_thread(TapeWriter, copy)
    passed = await collect(RecordedLink(TapeLink(path), tape))
    await asyncio.to_thread(tape.close)

    assert passed == SOME
    assert await asyncio.to_thread(copy.read_bytes) == await asyncio.to_thread(path.read_bytes)


@pytest.mark.parametrize(
    "wrong",
    [
        '"profile":"yoga","own":{}',
        '"profile":null,"own":{"slouch_s":1}',
        '"profile":null,"own":{"x":1}',
    ],
)
def test_thresholds_that_there_are_not_are_no_event(path, wrong):
    write(path, SOME, b'{"event":"ruled","at_ns":4,' + wrong.encode() + b"}\n")

    with pytest.raises(TapeError, match="line 6 is not an event"):
        list(read_tape(path))
