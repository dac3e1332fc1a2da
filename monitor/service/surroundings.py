"""Whether the system asks for silence, or a microphone or camera is in use, where it can tell."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

ASK_S = 2.0  # the longest we wait for an answer of the desktop
VIDEO = "/dev/video"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the system shows; None: it cannot tell.

    Attributes:
        do_not_disturb: notifications are switched off.
        microphone, camera: some program is using it: most likely a call.
    """

    do_not_disturb: bool | None = None
    microphone: bool | None = None
    camera: bool | None = None

    @property
    def in_call(self) -> bool:
        return bool(self.microphone) or bool(self.camera)


async def look(processes: Path = Path("/proc")) -> Surroundings:
    """Look once. Nothing but yes or no is read: no names of programs, no sound, no picture."""
    banners, recorders = await asyncio.gather(
        _answer("gsettings", "get", "org.gnome.desktop.notifications", "show-banners"),
        _answer("pactl", "list", "short", "source-outputs"),
    )
    return Surroundings(
        do_not_disturb=None if banners is None else banners.strip() == "false",
        microphone=None if recorders is None else bool(recorders.strip()),
        camera=await asyncio.to_thread(_camera, processes),
    )


async def _answer(*command: str) -> str | None:
    """What a program of the desktop prints; None where it is missing or fails."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
    except OSError:
        return None
    try:
        async with asyncio.timeout(ASK_S):
            said, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        return None
    return said.decode("utf-8", "replace") if process.returncode == 0 else None


def _camera(processes: Path) -> bool | None:
    """Whether a process of the same person has a camera open; None without /proc."""
    if not processes.is_dir():
        return None
    for process in processes.iterdir():
        if not process.name.isdecimal():
            continue
        try:
            for file in (process / "fd").iterdir():
                if str(file.readlink()).startswith(VIDEO):
                    return True
        except OSError:  # it has ended, or is another person's
            continue
    return False
