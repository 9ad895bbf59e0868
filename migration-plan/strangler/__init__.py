"""Say where the seams of the monolith stand; the program that will move them.

* position   where a seam stands: all of them at `monolith`
* fact       what was found out about a seam in the monolith's database
"""
