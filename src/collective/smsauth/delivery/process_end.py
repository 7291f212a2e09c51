"""What becomes of texts and e-mails on their way when the process is told to stop.

Without a handler SIGTERM ends a process at once, and SIGINT closes the database before the interpreter's own end is reached, where what
became of a text could still be written. So both wait a moment first, if nobody else handles them: whoever has handlers of their own ends
the process in their own way.
"""

from collective.smsauth.delivery import pool
from types import FrameType
from typing import Any
from zope.component import adapter
from zope.processlifetime import IProcessStarting

import signal
import sys
import threading

#: Seconds for which the end of the process is put off, at most. Container engines wait ten before they kill.
GRACE = 5.0
_DEFAULTS: dict[int, Any] = {signal.SIGTERM: signal.SIG_DFL, signal.SIGINT: signal.default_int_handler}


@adapter(IProcessStarting)
def wait_for_what_is_on_its_way(event: Any) -> None:
    """Have SIGTERM and SIGINT wait for what is on its way, where they have their default effect."""
    if threading.current_thread() is not threading.main_thread():
        return  # only the main thread may, and whoever starts Zope elsewhere is in charge of the process
    for number, default in _DEFAULTS.items():
        is_prompt = number == signal.SIGINT and sys.flags.interactive
        if not is_prompt and signal.getsignal(number) is default:
            signal.signal(number, _end)


def _end(number: int, frame: FrameType | None) -> None:
    """Wait, then end the process as the signal is meant to.

    :raises KeyboardInterrupt: for SIGINT.
    :raises SystemExit: for SIGTERM: the server lets go of its requests and closes the database.
    """
    # whoever sends it twice does not want to wait
    signal.signal(number, _DEFAULTS[number])
    pool.finish(GRACE)
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    raise SystemExit(128 + number)
