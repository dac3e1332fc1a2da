"""docs/hooks.md tells of everything there is, and its example does what it says."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from backwatch.__main__ import main
from dashboard import Access
from monitor.service.channels import SIGNATURE, signature

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "hooks.md"
BODY = b'{"event": "told", "title": "Leaning forward for 2 min"}'
SECRET = b"between us"
NOW_S = 1_790_000_000


def check(root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(root / "tools" / "hooks.py"), "--check"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_route_and_command_is_in_the_document() -> None:
    done = check(ROOT)

    assert (done.returncode, done.stderr) == (0, "")


def test_a_row_that_is_missing_is_noticed(tmp_path: Path) -> None:
    for name in ("backwatch", "dashboard", "monitor", "firmware_protocol"):
        (tmp_path / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "tools", tmp_path / "tools")
    (tmp_path / "docs").mkdir()
    rows = DOCUMENT.read_text("utf-8").splitlines(keepends=True)
    left = [row for row in rows if "`GET /api/lifts`" not in row]
    (tmp_path / "docs" / "hooks.md").write_text("".join(left), "utf-8")
    done = check(tmp_path)

    assert len(left) == len(rows) - 1
    assert done.returncode == 1
    assert "python tools/hooks.py" in done.stderr


@pytest.fixture
def is_ours() -> Callable[..., bool]:
    """The function of the document, as somebody would copy it."""
    (source,) = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text("utf-8"), re.S)
    names: dict[str, Callable[..., bool]] = {}
    exec(source, names)
    return names["is_ours"]


def test_the_example_believes_what_we_sign(is_ours: Callable[..., bool]) -> None:
    header = signature(SECRET, BODY, NOW_S)

    assert is_ours(SECRET, header, BODY, NOW_S + 299)
    assert SIGNATURE in DOCUMENT.read_text("utf-8")


@pytest.mark.parametrize(
    ("secret", "body", "late_s"),
    [(b"another", BODY, 0), (SECRET, BODY + b" ", 0), (SECRET, BODY, 301), (SECRET, BODY, -301)],
)
def test_the_example_refuses_what_is_made_up_or_old(
    is_ours: Callable[..., bool], secret: bytes, body: bytes, late_s: int
) -> None:
    header = signature(SECRET, BODY, NOW_S)

    assert not is_ours(secret, header, body, NOW_S + late_s)


@pytest.mark.parametrize("header", ["", "t=1", "v1=00", "t=now,v1=00", "t=1790000000,v1=é", "=,=,"])
def test_the_example_refuses_a_header_that_is_none(
    is_ours: Callable[..., bool], header: str
) -> None:
    assert not is_ours(SECRET, header, BODY, NOW_S)


def test_the_key_for_programs_is_that_of_the_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["token", "--db", str(tmp_path / "days.db")])

    assert code == 0
    assert capsys.readouterr().out.strip() == Access(tmp_path / "page.key").api_token


def test_a_key_that_is_none_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "page.key").mkdir()

    assert main(["token", "--db", str(tmp_path / "days.db")]) == 2
    assert "page.key" in capsys.readouterr().err
