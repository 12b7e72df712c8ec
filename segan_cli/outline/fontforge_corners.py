"""Where FontForge takes one curve, or two from a corner, for crossing ones, though they have no other point in common.

FontForge cuts curves at their extremes and follows one part to the knot that it shares with another, in 64 steps. An error of
rounding can leave the last step short of the knot, where one coordinate has reached it and the other has not: then the parts seem
to have changed sides since the step before. That hangs on the last bit of numbers, so it is as a rule over when a point moves by
a unit.

Source: ours, after the behaviour of FontForge's `selfIntersects` (20230101 and 20251009, numbers of 64 bits).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from segan_cli.outline.compiled import compiled

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

STEPS = 64
"""Of FontForge's walk, from the bottom of the box that both parts share to the knot."""
HALVINGS = 2100
"""More than a bisection takes until its ends are neighbouring numbers."""
REFINEMENTS = 19
"""How often an extreme's parameter is refined, from 2^18 times its last bit down to that bit."""
QUARTER = 0.25
"""Coefficients of curves on whole units are multiples of it, those of TrueType's quadratic ones too."""


@compiled
def seeming_crossings(controls: Floats, straight: Flags, names: Ints, after: Ints) -> Floats:
    """(N, 2) about where FontForge would name curves for their last step to a knot.

    Args:
        controls: (P, 4, 2); see `piece_crossings.piece_table`, also for the others. FontForge runs contours the other way.
    """
    places = np.empty((2 * len(controls), 2), dtype=np.float64)
    found = 0
    for a in range(len(controls)):
        b = after[a]
        if straight[a]:
            continue
        if _turns_back(controls, a) and _seems_to_cross_itself(_run_back(controls, a)):
            places[found] = controls[a, 3]
            found += 1
        if straight[b] or a == b or not _on_one_side(controls, a, b):
            continue
        # FontForge's first curve leaves the knot at which its last one arrives; elsewhere the first of two arrives
        if names[b, 1] == 0:
            crosses = _seem_to_cross(_run_back(controls, a), 0.0, 1, _run_back(controls, b), 1.0, -1)
        else:
            crosses = _seem_to_cross(_run_back(controls, b), 1.0, -1, _run_back(controls, a), 0.0, 1)
        if crosses:
            places[found] = controls[b, 0]
            found += 1
    return places[:found].copy()


@compiled
def _turns_back(controls: Floats, p: int) -> bool:
    """May a piece have an extreme between its ends?"""
    for axis in range(2):
        ahead, back = False, False
        for k in range(3):
            ahead = ahead or controls[p, k + 1, axis] > controls[p, k, axis]
            back = back or controls[p, k + 1, axis] < controls[p, k, axis]
        if ahead and back:
            return True
    return False


@compiled
def _on_one_side(controls: Floats, a: int, b: int) -> bool:
    """Do piece `a` and the next one, `b`, leave their knot to the same side in x or in y?"""
    for axis in range(2):
        knot, one, other = controls[b, 0, axis], 0.0, 0.0
        for k in range(1, 4):
            one = controls[a, 3 - k, axis] - knot if one == 0.0 else one
            other = controls[b, k, axis] - knot if other == 0.0 else other
        if one * other > 0.0:
            return True
    return False


@compiled
def _run_back(controls: Floats, p: int) -> Floats:
    """(2, 4) coefficients, that of t^3 first, of a cubic's x and y, run the other way."""
    out = np.empty((2, 4), dtype=np.float64)
    for axis in range(2):
        p0, p1, p2, p3 = controls[p, 3, axis], controls[p, 2, axis], controls[p, 1, axis], controls[p, 0, axis]
        one, two = _exact(3 * (p1 - p0)), _exact(3 * (p2 - p1))
        out[axis, 0], out[axis, 1], out[axis, 2], out[axis, 3] = _exact(p3 - p0 - two), two - one, one, p0
    return out


@compiled
def _exact(number: float) -> float:
    """Without the error of thirds in the handles of a quadratic curve."""
    return float(np.rint(number / QUARTER) * QUARTER)


@compiled
def _at(curve: Floats, axis: int, t: float) -> float:
    return float(((curve[axis, 0] * t + curve[axis, 1]) * t + curve[axis, 2]) * t + curve[axis, 3])


@compiled
def _seems_to_cross_itself(curve: Floats) -> bool:
    """Does the part before one of a cubic's extremes seem to cross the one after it? FontForge does not ask it of quadratic curves."""
    if curve[0, 0] == 0.0 and curve[1, 0] == 0.0:
        return False
    t = _turn(curve, 0.0, 1)
    while t < 1:
        if _seem_to_cross(curve, t, -1, curve, t, 1):
            return True
        t = _turn(curve, t, 1)
    return False


@compiled
def _seem_to_cross(walked: Floats, knot: float, way: int, other: Floats, its_knot: float, its_way: int) -> bool:
    """Does the last step along one part to the knot seem to change to the other side of the other part?

    Args:
        walked: the curve that is followed.
        knot: its parameter at the knot.
        way: -1 where the part lies before the knot, 1 behind it.
        other: the other curve; `its_knot` and `its_way` say the same of it.
    """
    far, its_far = _turn(walked, knot, way), _turn(other, its_knot, its_way)
    along, most = 0, 0.0
    for axis in range(2):
        top = _at(walked, axis, knot)
        one, two = top - _at(walked, axis, far), top - _at(other, axis, its_far)
        shared = min(abs(one), abs(two)) if one * two > 0 else 0.0
        if shared > most or (axis == 1 and shared == most):
            along, most = axis, shared
    across = 1 - along
    top, bottom = _at(walked, along, knot), max(_at(walked, along, far), _at(other, along, its_far))
    if most == 0.0 or bottom > top:  # the walk ends, but does not begin, at the knot
        return False
    start = _between(_parameter(walked, along, bottom, knot, way), far, knot)
    step, t, before = (knot - start) / STEPS, start, start
    for _ in range(STEPS):
        before, t = t, t + step
    if t in (0.0, 1.0) or (t - knot) * step > 0:
        return False
    side = 0.0
    for at in (before, t):
        level = _at(walked, along, at)
        reached = its_knot
        if level < top:
            reached = _between(_parameter(other, along, level, its_knot, its_way), its_far, its_knot)
        last, side = side, _at(walked, across, at) - _at(other, across, reached)
    return bool(last * side < 0)


@compiled
def _between(t: float, one: float, other: float) -> float:
    return min(max(t, min(one, other)), max(one, other))


@compiled
def _turn(curve: Floats, knot: float, way: int) -> float:
    """The parameter of the next extreme in x or y before or behind another parameter, or of the curve's end."""
    one, other = _turn_in(curve, 0, knot, way), _turn_in(curve, 1, knot, way)
    return max(one, other) if way < 0 else min(one, other)


@compiled
def _turn_in(curve: Floats, axis: int, knot: float, way: int) -> float:
    """The same of one axis."""
    a, b, c = 3 * curve[axis, 0], 2 * curve[axis, 1], curve[axis, 2]
    best = 0.0 if way < 0 else 1.0
    one, other = -1.0, -1.0
    if a != 0.0:
        root = b * b - 4 * a * c
        if root < 0:
            return best
        root = math.sqrt(root)
        one, other = (-b - root) / (2 * a), (-b + root) / (2 * a)
        one = _refined(a, b, c, one, other)
        other = _refined(a, b, c, other, one)
    elif b != 0.0:
        one = -c / b
    for t in (one, other):
        if 0 < t < 1 and (t - knot) * way > 0 and (t - best) * way < 0:
            best = t
    return best


@compiled
def _refined(a: float, b: float, c: float, t: float, beside: float) -> float:
    """The parameter near `t`, but not near the other root, at which a t^2 + b t + c is nearest to 0."""
    if t < 0 or t > 1:
        return t
    step = t * 2.0**-33
    if t != beside:
        step = min(step, abs(t - beside) / 4)
    least = abs((a * t + b) * t + c)
    for _ in range(REFINEMENTS):
        more, less = abs((a * (t + step) + b) * (t + step) + c), abs((a * (t - step) + b) * (t - step) + c)
        if more < least and more <= less and t + step <= 1:
            t += step
        elif less < least and less <= more and t - step >= 0:
            t -= step
        step /= 2
    return t


@compiled
def _parameter(curve: Floats, axis: int, level: float, knot: float, way: int) -> float:
    """Where a curve reaches a coordinate between a knot and its next extreme in that axis."""
    a, b, c, d = curve[axis, 0], curve[axis, 1], curve[axis, 2], curve[axis, 3] - level
    far = _turn_in(curve, axis, knot, way)
    low, high = min(knot, far), max(knot, far)
    if a == 0.0 and b == 0.0:
        return float(-d / c)
    if a == 0.0:
        root = math.sqrt(max(0.0, c * c - 4 * b * d))
        one, other = (-c - root) / (2 * b), (-c + root) / (2 * b)
        return float(one if low <= one <= high else other)
    if ((a * high + b) * high + c) * high + d == 0.0:
        return high
    first = ((a * low + b) * low + c) * low + d
    if first == 0.0:
        return low
    t = low
    for _ in range(HALVINGS):
        t = (low + high) / 2
        value = ((a * t + b) * t + c) * t + d
        if value == 0.0 or t in (low, high):
            break
        if (value < 0) == (first < 0):
            low = t
        else:
            high = t
    return t
