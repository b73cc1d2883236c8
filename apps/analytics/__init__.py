"""Mathematics: NumPy in, NumPy out. No Django, no clock, no network.

Heavy libraries (Prophet, PyOD, SciPy) are imported inside the functions that need them, so
that a web process may import any module of this package for nothing.
"""
