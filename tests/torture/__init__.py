"""Kills, damage, full disks and floods: what is promised must hold. `python -m tests.torture` is the long form."""
