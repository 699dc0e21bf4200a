"""Three processes. The application is loaded before they are forked, and has used xmp by then."""

import os

import xmp

bind = f"127.0.0.1:{os.environ['PORT']}"
workers = 3
preload_app = True
control_socket_disable = True


def post_fork(server: object, worker: object) -> None:
    if os.environ.get("HOOK") != "no":
        xmp.post_fork()
