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
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
    for port in range(wanted, min(wanted + 100, 65536)):
        if is_free(port):
            print(port)
            return
    sys.exit(f"no free port from {wanted} on; name another with PORT=")


main()
