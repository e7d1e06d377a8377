"""How long an attack lasts: `./dev test` runs each in short form, `./dev attack [LENGTH]` multiplies it."""
import os


def length(short):
    """The number of cases to try: `short` in `./dev test`, `short` times LENGTH in `./dev attack LENGTH`."""
    return short * max(1, int(os.environ.get("NEEDS_ATTACK_LENGTH", "1")))
