"""What stands in the way before anything runs: a sentence for the console, in both languages."""

from takatuf.kernel.text import Text


class Trouble(Exception):
    """The environment (database, disk, port, tools) does not allow it. The sentence says what to do next."""

    def __init__(self, *, ar: str, en: str) -> None:
        super().__init__(en)
        self.text = Text(ar=ar, en=en)
