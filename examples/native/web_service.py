"""In a web service, the gateway lives as long as the application: ``uvicorn web_service:app``."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

import tradewire
from tradewire import Quotes


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with tradewire.connect("binance") as app.state.gateway:
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/quote/{base}/{quote}")
async def quote(base: str, quote: str) -> dict[str, str]:
    async with app.state.gateway.stream(Quotes(f"{base}/{quote}")) as events:
        event = await anext(events)
        return {"symbol": event.symbol, "bid": str(event.bid), "ask": str(event.ask)}


@app.get("/health")
async def health() -> dict[str, str | int]:
    figures = app.state.gateway.statistics()
    return {"state": figures.state.value, "messages": figures.messages, "reconnects": len(figures.reconnects)}
