"""An application that opens an engine in the lifespan of each of its server's processes."""

import os
from contextlib import AsyncExitStack
from typing import Any

import stage


class App:
    def __init__(self) -> None:
        self.open = AsyncExitStack()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            self.scene = await self.open.enter_async_context(stage.aio())
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await self.open.aclose()
            await send({"type": "lifespan.shutdown.complete"})
            return
        profile = await self.scene.xmp.x.profile(self.scene.ada.id)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"connection", b"close")]})
        await send({"type": "http.response.body", "body": f"@{profile.handle} from {os.getpid()}".encode()})


app = App()
