"""Progress bars of the console: shown for whatever may take longer than a second."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

console = Console(stderr=True)


def bar() -> Progress:
    """A bar with count and remaining time, on standard error; gone when done. Plain text if it is not a terminal."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )


@contextmanager
def steps(title: str = "") -> Iterator[Callable[[str, int, int], None]]:
    """A callback (what, done, of how many) that draws one bar; with a title, a line when it is done."""
    begun = time.monotonic()
    with bar() as progress:
        task = progress.add_task(title, total=None)

        def show(what: str, done: int, total: int) -> None:
            progress.update(task, description=title or what, completed=done, total=total)

        yield show
    if title:
        _tell(title, begun)


@contextmanager
def stage(title: str) -> Iterator[None]:
    """A step without a count: a turning sign while it lasts, a line when it is done."""
    begun = time.monotonic()
    with console.status(title):
        yield
    _tell(title, begun)


def _tell(title: str, begun: float) -> None:
    """A line with the seconds of what took more than one."""
    if (took := time.monotonic() - begun) > 1:
        console.print(f"[green]✓[/] {title} ({took:.1f} s)")
