"""Sockets and HTTP; nothing about trading."""
