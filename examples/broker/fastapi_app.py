"""The client inside a FastAPI application: ``uvicorn fastapi_app:app``."""

from fastapi import FastAPI
from placeholders import api_key, secret_key, ws_url

from broker_ws_client import BrokerWSClient

app = FastAPI()
ws_client = None


@app.on_event("startup")
async def startup():
    global ws_client
    ws_client = BrokerWSClient(api_key, secret_key, ws_url)
    await ws_client.connect()


@app.on_event("shutdown")
async def shutdown():
    if ws_client:
        await ws_client.close()


@app.get("/status")
async def get_status():
    return {"websocket_connected": ws_client.is_connected() if ws_client else False}


@app.post("/swap")
async def execute_swap(amount: str, from_asset: str, to_asset: str):
    if not ws_client or not ws_client.is_connected():
        return {"error": "WebSocket not connected"}

    try:
        await ws_client.do_swap(amount, from_asset, to_asset)
        return {"success": True}
    except Exception as e:
        return {"error": str(e)}
