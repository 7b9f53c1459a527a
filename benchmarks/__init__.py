"""Measurements, run by hand: ``python -m benchmarks`` and ``python -m benchmarks.soak``.

Everything is given as a ratio to something simpler measured in the same run, because absolute times say more about the machine.
"""
