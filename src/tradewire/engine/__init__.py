"""The asyncio runtime: links, the one reconnect loop, fan-out, the gateway."""
