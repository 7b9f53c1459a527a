"""Loopback venues: matching, ledger, order flow, faults, server."""
