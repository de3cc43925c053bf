"""Print the first free port on loopback at or after the one that is asked for."""

import socket
import sys


def is_free(port: int) -> bool:
    """Whether nothing listens on `port`."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def main() -> None:
    """Print the port, or say that there is none."""
    asked = sys.argv[1] if len(sys.argv) > 1 else "8000"
    if not (asked.isascii() and asked.isdigit() and 0 < int(asked) < 65536):
        sys.exit(f"PORT={asked} is no port: name one from 1 to 65535")
    wanted = int(asked)
    for port in range(wanted, min(wanted + 100, 65536)):
        if is_free(port):
            print(port)
            return
    sys.exit(f"no free port from {wanted} on; name another with PORT=")


main()
