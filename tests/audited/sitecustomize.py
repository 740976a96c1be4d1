"""Python imports this by itself where it is on the path; whom the process tries to reach elsewhere is noted."""

import os
import sys

_REPORT = os.environ["NETWORK_TRIES"]
_HERE = ("127.", "::1", "localhost", "0.0.0.0", "::ffff:127.")  # noqa: S104 - only to compare
_WITH_ADDRESS = ("socket.connect", "socket.sendto", "socket.sendmsg")
_LOOK_UPS = ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr")


def _note(event: str, given: tuple[object, ...]) -> None:
    if event in _WITH_ADDRESS and isinstance(given[-1], tuple):
        host = given[-1][0]
    elif event in _LOOK_UPS:
        host = given[0]
    else:
        return
    name = host.decode() if isinstance(host, bytes) else str(host or "localhost")
    if not name.startswith(_HERE):
        with open(_REPORT, "a") as report:  # noqa: PTH123 - nothing is imported here
            report.write(f"{event} of {name}\n")


sys.addaudithook(_note)
