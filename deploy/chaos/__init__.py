"""Kills what runs while seams move under load, and writes down what became of it.

* **case**: one victim, killed once, in one step of one handover, forward or back.
* **victim**: whatever is killed (SIGKILL): the coordinator (`strangler`), or a process of the stack.
* **step**: one effect of the handover, as the journal names it: from its intent to its end.
* **strike**: the kill, when it fell into its step; a kill that came late is a miss, and is repeated.
* **harm**: whatever the ledger finds that a kill may not do. It may fail a request that was under way.
"""
