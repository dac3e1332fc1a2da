"""Every refusal, and what gets in."""

import asyncio
import stat
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard import Access, KeyFileError
from dashboard.auth import LINKS, SESSION_S
from dashboard.guard import MOST_BODY_BYTES

NewBrowser = Callable[..., httpx.AsyncClient]
MakeApp = Callable[..., ASGIApp]


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8765", "127.0.0.1.evil.example", "localhost.", "[::2]:1",
     "127.0.0.1:x", "127.0.0.1:", ""],
)  # fmt: skip
async def test_an_unknown_host_is_misdirected(page: httpx.AsyncClient, host: str) -> None:
    for path in ("/", "/api/now", "/login?token=x", "/healthz"):
        assert (await page.get(path, headers={"host": host})).status_code == 421


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:8765", "LOCALHOST:8765", "[::1]", "[::1]:8765"]
)
async def test_the_names_of_loopback_are_known(page: httpx.AsyncClient, host: str) -> None:
    assert (await page.get("/healthz", headers={"host": host})).status_code == 200


def arrived_at(app: ASGIApp, address: str, port: int = 8765) -> ASGIApp:
    """The app as uvicorn calls it for a connection that arrived there."""

    async def called(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "server": (address, port)}, receive, send)

    return called


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("192.0.2.7", "192.0.2.7:8765"),
        ("::ffff:192.0.2.7", "192.0.2.7:8765"),
        ("2001:db8:0:0::7", "[2001:DB8::7]:8765"),
    ],
)
async def test_the_address_at_which_a_connection_arrived_is_known(
    make_app: MakeApp, new_browser: NewBrowser, address: str, host: str
) -> None:
    async with new_browser(arrived_at(make_app(), address)) as client:
        answer = await client.get("/healthz", headers={"host": host})

    assert answer.status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "192.0.2.7",  # port 80
        "192.0.2.7:8766",
        "192.0.2.7:18765",
        "192.0.2.8:8765",
        "192.0.2.7.evil.example:8765",
        "evil.example:8765",  # made to point here
        "0.0.0.0:8765",
        "3221225991:8765",  # the same as a number
        "[::ffff:192.0.2.7]:8765",
        "[2001:db8::7]:8765",
        "2001:db8::7:8765",
        "desk:80",
        "desk",
        "desk.local.evil.example:8765",
    ],
)
async def test_no_other_name_or_port_is_known_at_that_address(
    make_app: MakeApp, new_browser: NewBrowser, host: str
) -> None:
    app = arrived_at(make_app(hosts=["desk", "desk.local"]), "192.0.2.7")
    async with new_browser(app) as client:
        answer = await client.get("/healthz", headers={"host": host})

    assert answer.status_code == 421


async def test_a_phone_opens_the_page_with_a_link_of_its_own(
    make_app: MakeApp, new_browser: NewBrowser, access: Access
) -> None:
    app = arrived_at(make_app(), "192.0.2.7")
    there = {"host": "192.0.2.7:8765"}
    async with new_browser(app, **there) as phone, new_browser(app, **there) as other:
        token = access.new_link_token()
        opened = await phone.get("/login", params={"token": token})
        again = await other.get("/login", params={"token": token})
        cookie = {"cookie": opened.headers["set-cookie"].partition(";")[0]}
        own = await phone.get("/api/now", headers={**cookie, "origin": "http://192.0.2.7:8765"})
        foreign = await phone.get("/api/now", headers={**cookie, "origin": "http://192.0.2.7:80"})

    assert (opened.status_code, again.status_code) == (303, 401)
    assert (own.status_code, foreign.status_code) == (200, 403)


@pytest.mark.parametrize("host", ["fd00::5", "FD00:0::5"])
async def test_an_ipv6_address_that_was_configured_is_known(
    make_app: MakeApp, new_browser: NewBrowser, host: str
) -> None:
    async with new_browser(make_app(hosts=[host])) as client:
        answer = await client.get("/healthz", headers={"host": "[fd00::5]:8765"})

    assert answer.status_code == 200


async def test_a_name_that_was_configured_is_known(
    make_app: MakeApp, new_browser: NewBrowser
) -> None:
    async with new_browser(make_app(hosts=["Desk.local"])) as client:
        answer = await client.get("/healthz", headers={"host": "desk.local:8765"})

    assert answer.status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
        {"origin": "https://127.0.0.1:8765"},
        {"origin": "http://127.0.0.1:8765.evil.example"},
        {"origin": ""},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
async def test_a_foreign_origin_may_change_nothing(
    page: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    answer = await page.post("/api/alerts/1/acknowledge", headers=headers)

    assert answer.status_code == 403
    assert (await page.get("/api/alerts")).json()["alerts"][1]["acknowledged"] is False


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "sec-fetch-mode": "cors"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"},
        {"origin": "http://evil.example", "sec-fetch-mode": "navigate"},
    ],
)
@pytest.mark.parametrize("path", ["/", "/api/day", "/healthz", "/icon.svg", "/login?token=x"])
async def test_a_foreign_page_may_read_nothing(
    page: httpx.AsyncClient, path: str, headers: dict[str, str]
) -> None:
    assert (await page.get(path, headers=headers)).status_code == 403


@pytest.mark.parametrize("dest", [{"sec-fetch-dest": "document"}, {}])
async def test_a_link_elsewhere_may_lead_to_the_page_and_to_nothing_else(
    page: httpx.AsyncClient, access: Access, dest: dict[str, str]
) -> None:
    headers = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", **dest}

    paths = ("/", f"/login?token={access.new_link_token()}", "/api/day", "/healthz")
    found = [(await page.get(path, headers=headers)).status_code for path in paths]

    assert found == [200, 303, 403, 403]


@pytest.mark.parametrize(
    "headers",
    [{"origin": "http://127.0.0.1:8765"}, {"sec-fetch-site": "same-origin"}, {}],
)
async def test_the_page_itself_may_read(page: httpx.AsyncClient, headers: dict[str, str]) -> None:
    assert (await page.get("/api/day", headers=headers)).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [{"origin": "http://127.0.0.1:8765"}, {"sec-fetch-site": "same-origin"}, {}],
)
async def test_the_page_itself_may_change_things(
    page: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    answer = await page.post("/api/alerts/1/acknowledge", headers=headers)

    assert answer.status_code == 200


@pytest.mark.parametrize(
    "path", ["/", "/assets/index-abc123.js", "/api/now", "/api/openapi.json", "/docs", "/nowhere"]
)
async def test_without_a_session_nothing_is_shown(stranger: httpx.AsyncClient, path: str) -> None:
    answer = await stranger.get(path)

    assert answer.status_code == 401
    assert "link" in answer.text


async def test_health_is_open(stranger: httpx.AsyncClient) -> None:
    assert (await stranger.get("/healthz")).json() == {"ok": True}


async def test_a_link_opens_the_page_once(access: Access, new_browser: NewBrowser) -> None:
    token = access.new_link_token()
    async with new_browser() as first, new_browser() as second:
        opened = await first.get("/login", params={"token": token})
        refused = await second.get("/login", params={"token": token})
        seen = await first.get("/api/now"), await second.get("/api/now")

    assert (opened.status_code, opened.headers["location"]) == (303, "/")
    assert refused.status_code == 401
    assert "set-cookie" not in refused.headers
    assert [answer.status_code for answer in seen] == [200, 401]


async def test_the_same_browser_may_follow_its_link_again(
    page: httpx.AsyncClient, access: Access
) -> None:
    unused = access.new_link_token()

    again = [await page.get("/login", params={"token": t}) for t in ("used before", unused)]

    assert [answer.status_code for answer in again] == [303, 303]
    assert access.redeem(unused), "a browser with a session must not use up a link"


async def test_looking_at_a_link_does_not_use_it(
    stranger: httpx.AsyncClient, access: Access
) -> None:
    token = access.new_link_token()

    looked = [await stranger.request(m, f"/login?token={token}") for m in ("HEAD", "POST")]

    assert [answer.status_code for answer in looked] == [405, 405]
    assert access.redeem(token)


@pytest.mark.parametrize("query", ["", "?token=", "?token=wrong", "?token=a&token=b", "?tok=%ff"])
async def test_a_wrong_link_is_refused(stranger: httpx.AsyncClient, query: str) -> None:
    answer = await stranger.get(f"/login{query}")

    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(
    stranger: httpx.AsyncClient, access: Access
) -> None:
    answer = await stranger.get("/login", params={"token": access.new_link_token()})

    name, *attributes = answer.headers["set-cookie"].split("; ")
    assert name.startswith("backwatch_8765=")
    assert {"HttpOnly", "SameSite=Strict", "Path=/", f"Max-Age={SESSION_S}"} == set(attributes)


async def test_a_restart_keeps_people_in(
    page: httpx.AsyncClient, make_app: MakeApp, tmp_path: Path, new_browser: NewBrowser
) -> None:
    restarted = make_app(access=await asyncio.to_thread(Access, tmp_path / "page.key"))

    async with new_browser(restarted) as client:
        client.cookies = page.cookies
        answer = await client.get("/api/now")

    assert answer.status_code == 200


async def test_another_key_lets_nobody_in(
    page: httpx.AsyncClient, make_app: MakeApp, tmp_path: Path, new_browser: NewBrowser
) -> None:
    other = make_app(access=await asyncio.to_thread(Access, tmp_path / "other.key"))

    async with new_browser(other) as client:
        client.cookies = page.cookies
        answer = await client.get("/api/now")

    assert answer.status_code == 401


async def test_a_program_gets_in_with_its_token(access: Access, new_browser: NewBrowser) -> None:
    async with new_browser(authorization=f"Bearer {access.api_token}") as program:
        assert (await program.get("/api/now")).status_code == 200
        path = (await program.post("/api/login-link")).json()["path"]
    async with new_browser() as client:
        assert (await client.get(path)).status_code == 303
        assert (await client.get("/api/now")).status_code == 200


@pytest.mark.parametrize("value", ["Bearer", "Bearer wrong", "Basic eDp5", "Bearer \xff\xfe"])
async def test_a_wrong_api_token_is_refused(new_browser: NewBrowser, value: str) -> None:
    async with new_browser() as program:
        answer = await program.get(
            "/api/now", headers=[(b"authorization", value.encode("latin-1"))]
        )

    assert answer.status_code == 401


async def test_a_link_token_is_no_api_token_and_no_session(
    access: Access, new_browser: NewBrowser
) -> None:
    token = access.new_link_token()
    async with new_browser(authorization=f"Bearer {token}") as program:
        assert (await program.get("/api/now")).status_code == 401

    assert not access.is_session(token)
    assert not access.is_session(access.api_token)


@pytest.mark.parametrize("path", ["/", "/api/now", "/login?token=x", "/nowhere.txt"])
async def test_every_answer_carries_the_security_headers(
    page: httpx.AsyncClient, stranger: httpx.AsyncClient, path: str
) -> None:
    for client in (page, stranger):
        headers = (await client.get(path)).headers

        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "require-trusted-types-for 'script'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"


async def test_the_api_is_never_cached(page: httpx.AsyncClient) -> None:
    for path in ("/api/now", "/api/day", "/api/nowhere", "/api/day?date=x"):
        assert (await page.get(path)).headers["cache-control"] == "no-store"


async def test_a_refusal_reads_no_body_and_says_what_to_do(stranger: httpx.AsyncClient) -> None:
    answer = await stranger.post("/api/alerts/1/acknowledge", content=b"x" * 100_000)

    assert answer.status_code == 401
    assert answer.headers["content-type"].startswith("text/plain")


def test_a_session_runs_out(tmp_path: Path) -> None:
    clock = [1_790_000_000.0]
    access = Access(tmp_path / "page.key", clock_s=lambda: clock[0])
    session = access.new_session()
    assert access.is_session(session)

    clock[0] += SESSION_S

    assert not access.is_session(session)


@given(st.data())
def test_a_session_that_was_touched_is_none(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    access = Access(tmp_path_factory.getbasetemp() / "page.key")
    session = access.new_session()
    at = data.draw(st.integers(0, len(session) - 1))
    other = data.draw(st.characters().filter(lambda c: c != session[at]))

    assert not access.is_session(session[:at] + other + session[at + 1 :])


@given(st.text())
def test_any_text_is_simply_no_session(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    access = Access(tmp_path_factory.getbasetemp() / "page.key")

    assert not access.is_session(text)
    assert not access.is_api_token(text)
    assert not access.redeem(text)


def test_the_key_is_private_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "new" / "page.key"

    first, second = Access(path), Access(path)

    assert first.api_token == second.api_token
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_key_file_that_is_none_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "page.key").write_bytes(b"short")

    with pytest.raises(KeyFileError, match=r"page\.key: 5 bytes are no key.*delete"):
        Access(tmp_path / "page.key")
    with pytest.raises(KeyFileError, match="cannot be used"):
        Access(tmp_path)


def test_the_oldest_unused_link_gives_way(access: Access) -> None:
    tokens = [access.new_link_token() for _ in range(LINKS + 1)]

    assert [access.redeem(token) for token in tokens] == [False] + [True] * LINKS


async def _pieces(size: int) -> AsyncIterator[bytes]:
    """A body without a length told beforehand."""
    for _ in range(0, size, 4096):
        yield b" " * 4096


@pytest.mark.parametrize("told", [True, False])
async def test_a_body_that_is_too_large_is_refused_in_words(
    page: httpx.AsyncClient, *, told: bool
) -> None:
    size = MOST_BODY_BYTES + 4096
    answer = await page.post(
        "/api/coaching/snooze",
        content=b" " * size if told else _pieces(size),
        headers={"content-type": "application/json"},
    )

    assert answer.status_code == 413
    assert "at most 256 KiB" in answer.json()["detail"]
    assert "default-src 'self'" in answer.headers["content-security-policy"]


async def test_no_more_than_the_limit_is_read_of_a_body(app: ASGIApp, access: Access) -> None:
    read, answers = 0, []

    async def receive() -> Message:
        nonlocal read
        read += 65536
        return {"type": "http.request", "body": b" " * 65536, "more_body": True}

    async def send(message: Message) -> None:
        answers.append(message)

    await app(
        {
            **{"type": "http", "method": "POST", "path": "/api/coaching/snooze"},
            **{"query_string": b"", "scheme": "http", "server": ("127.0.0.1", 8765)},
            "headers": [
                (b"host", b"127.0.0.1"),
                (b"authorization", f"Bearer {access.api_token}".encode()),
            ],
        },
        receive,
        send,
    )

    assert answers[0]["status"] == 413
    assert read == MOST_BODY_BYTES + 65536


async def test_the_largest_body_that_is_allowed_is_read(page: httpx.AsyncClient) -> None:
    body = b'{"minutes": 5}'.ljust(MOST_BODY_BYTES)
    answer = await page.post(
        "/api/coaching/snooze", content=body, headers={"content-type": "application/json"}
    )

    assert answer.status_code == 200


async def test_a_stranger_with_a_large_body_learns_nothing_of_its_size(
    stranger: httpx.AsyncClient,
) -> None:
    answer = await stranger.post("/api/coaching/snooze", content=b" " * (MOST_BODY_BYTES + 1))

    assert answer.status_code == 401
