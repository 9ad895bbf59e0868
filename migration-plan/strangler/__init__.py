"""Move a seam along its ladder, one position at a time, forward and back.

* position   where a seam stands: monolith, shadow, canary-5 ..., canary-100, cutover
* move       from one position to its neighbor: a list of effects
* effect     one named, idempotent thing that a move does; its intent is journaled before it is done
* run        what one command does from beginning to end: one or more moves
* fact       what was found out about both sides, the gateway and the broker; checks decide over facts
"""
