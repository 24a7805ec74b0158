"""Reads keys with prompt_toolkit and draws the picture after each; the terminal's modes and screen are set already."""

from __future__ import annotations

import asyncio
import selectors
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import TYPE_CHECKING

from prompt_toolkit.application import Application
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.data_structures import Size
from prompt_toolkit.document import Document
from prompt_toolkit.input.vt100 import Vt100Input
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.layout import BufferControl, FormattedTextControl, HSplit, Layout, VSplit, Window
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.output.vt100 import Vt100_Output

from shellvault.core.text import sanitize

if TYPE_CHECKING:
    from prompt_toolkit.formatted_text import StyleAndTextTuples
    from prompt_toolkit.key_binding import KeyPressEvent

    from shellvault.ui.picker.picture import Picture
    from shellvault.ui.terminal import TakenTerminal

    App = Application[int | None]

_ESCAPE_WAIT = 0.05  # seconds after Esc within which the rest of a longer key arrives
_CANCEL = ("escape", "c-c", "c-d", "c-g", "c-q")
_MOVES = {"up": -1, "c-p": -1, "s-tab": -1, "down": 1, "c-n": 1, "tab": 1}
_PAGES = {"pageup": -1, "pagedown": 1}
_IGNORED = ("c-z", "c-x", "c-o", "c-r", "c-s")  # prompt_toolkit would insert them, or search


class _Keyboard(Vt100Input):
    def raw_mode(self) -> AbstractContextManager[None]:
        return nullcontext()


class _Screen(Vt100_Output):
    def enter_alternate_screen(self) -> None:
        """Begin at the top left: the first picture is on that screen already."""
        self.write_raw("\x1b[H")

    def quit_alternate_screen(self) -> None:
        """Do nothing: others do."""


def run_keys(terminal: TakenTerminal, picture: Picture, query: str, question: str, term: str) -> int | None:
    """Return the index of the profile that was chosen, or None if none was.

    Raises:
        KeyboardInterrupt: SIGINT.
    """

    def find_size() -> Size:
        columns, lines = terminal.size()
        return Size(rows=lines, columns=columns)

    with (
        open(terminal.file, encoding="utf-8", closefd=False) as keyboard,
        open(terminal.file, "w", encoding="utf-8", closefd=False) as screen,
    ):
        output = _Screen(screen, find_size, term=term, enable_bell=False, enable_cpr=False)
        application = _make_application(picture, query, question, _Keyboard(keyboard), output)
        with asyncio.Runner(loop_factory=_make_loop) as runner, suppress(EOFError):  # EOFError: the terminal is gone
            return runner.run(_run(application, terminal))
    return None


def _make_loop() -> asyncio.AbstractEventLoop:
    return asyncio.SelectorEventLoop(selectors.SelectSelector())  # macOS: kqueue takes no /dev/tty


async def _run(application: App, terminal: TakenTerminal) -> int | None:
    def draw_again() -> None:
        application.renderer.clear()
        application.invalidate()

    def call_soon() -> None:  # a handler of signals must not draw
        loop.call_soon_threadsafe(draw_again)

    loop = asyncio.get_running_loop()
    terminal.call_after_stop(call_soon)
    try:
        return await application.run_async(set_exception_handler=False, handle_sigint=False)
    finally:
        terminal.call_after_stop(lambda: None)


def _make_application(picture: Picture, query: str, question: str, keyboard: _Keyboard, output: _Screen) -> App:
    typed = Buffer(
        multiline=False,
        document=Document(query, len(query)),
        on_text_changed=lambda buffer: picture.narrow(buffer.text),
    )

    def draw() -> StyleAndTextTuples:
        size = output.get_size()
        return [(style, f"{text}\n") for style, text in picture.draw(size.columns, size.rows)]

    first_line = VSplit(
        [
            Window(FormattedTextControl(question), width=len(question), height=1),
            Window(BufferControl(typed), height=1),
        ]
    )
    application: App = Application(
        Layout(HSplit([first_line, Window(FormattedTextControl(draw))])),
        key_bindings=_bind_keys(picture),
        full_screen=True,
        erase_when_done=True,
        color_depth=ColorDepth.DEPTH_1_BIT,
        input=keyboard,
        output=output,
    )
    application.ttimeoutlen = application.timeoutlen = _ESCAPE_WAIT
    return application


def _bind_keys(picture: Picture) -> KeyBindings:
    keys = KeyBindings()

    def accept(event: KeyPressEvent) -> None:
        if picture.chosen is not None:
            event.app.exit(result=picture.chosen)

    def paste(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text(sanitize(" ".join(event.data.split())))

    keys.add("<bracketed-paste>")(paste)
    for key in ("enter", "c-j"):
        keys.add(key)(accept)
    for key in _CANCEL:
        keys.add(key)(lambda event: event.app.exit(result=None))
    for key in _IGNORED:
        keys.add(key)(lambda _event: None)
    for key, by in _MOVES.items():
        keys.add(key)(lambda _event, by=by: picture.move(by))
    for key, by in _PAGES.items():
        keys.add(key)(lambda _event, by=by: picture.turn_page(by))
    return keys
