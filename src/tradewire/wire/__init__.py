"""What any venue connection needs, as pure state machines: no sockets, no clock, no asyncio."""
