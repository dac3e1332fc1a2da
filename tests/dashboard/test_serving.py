"""Where the page listens, what it is called there, and the links that are printed."""

import re
import socket
from collections.abc import Callable

import pytest

from dashboard import Address, names
from dashboard.qr import terminal_code


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """A machine with this name, and these addresses at its interfaces."""

    def be(name: str = "Desk", way_out: str | None = "198.51.100.7", *others: str) -> None:
        monkeypatch.setattr(socket, "gethostname", lambda: name)
        monkeypatch.setattr(
            "dashboard.serving._way_out",
            lambda family: way_out if family == socket.AF_INET else "2001:db8::7",
        )
        monkeypatch.setattr("dashboard.serving._of_interfaces", lambda: iter(others))

    return be


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_a_page_for_this_machine_only_has_no_links_for_others(host: str) -> None:
    assert names(host) == (host,)
    assert Address(host, 8765).elsewhere() == []


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("0.0.0.0", "http://127.0.0.1:8765/"),
        ("::", "http://[::1]:8765/"),
        ("fd00::5", "http://[fd00::5]:8765/"),
        ("198.51.100.7", "http://198.51.100.7:8765/"),
    ],
)
def test_the_link_for_this_machine_can_be_opened(host: str, url: str) -> None:
    assert Address(host, 8765).url == url


def test_each_address_that_a_phone_may_use_has_a_link(machine: Callable[..., None]) -> None:
    machine("Desk", "198.51.100.7", "127.0.0.1", "169.254.3.4", "10.0.0.5", "198.51.100.7")

    v4 = [address.url for address in Address("0.0.0.0", 8765).elsewhere()]
    both = [address.url for address in Address("::", 8765).elsewhere()]

    assert v4 == ["http://198.51.100.7:8765/", "http://10.0.0.5:8765/"]
    assert both[:2] == ["http://198.51.100.7:8765/", "http://[2001:db8::7]:8765/"]


def test_a_machine_that_is_in_no_network_has_no_links_for_others(
    machine: Callable[..., None],
) -> None:
    machine("Desk", None, "127.0.0.1")

    assert Address("0.0.0.0", 8765).elsewhere() == []


@pytest.mark.parametrize("here", ["Desk", "Desk.lan", "Desk.local"])
def test_a_page_for_the_network_goes_by_the_name_of_the_machine(
    machine: Callable[..., None], here: str
) -> None:
    machine(here)

    assert {"Desk", "Desk.local", here} == set(names("0.0.0.0"))
    assert names("198.51.100.7")[0] == "198.51.100.7"
    assert "0.0.0.0" not in names("0.0.0.0")


def test_what_this_machine_says_of_itself_is_an_address() -> None:
    for address in Address("0.0.0.0", 8765).elsewhere():
        assert re.fullmatch(r"\d+\.\d+\.\d+\.\d+", address.host)
        assert not address.host.startswith("127.")


def test_a_link_fits_a_terminal_as_a_code() -> None:
    shown = terminal_code("http://198.51.100.7:8765/login?token=" + "a" * 43).splitlines()

    assert len(shown) <= 24
    assert max(map(len, shown)) <= 80
    assert set("".join(shown)) <= set(" █▀▄")
