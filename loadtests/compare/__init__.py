"""Two systems under the same rising load, in turns: what the way from one to the other costs and brings.

* **subject**: what is measured: a tree with its seams at one position, `before` or `after`.
* **visit**: somebody comes and does one thing of their journey (a task): one request or several.
* **due**: when a visit was to begin, whoever is still waiting. Its time counts from there.
* **level**: so many visits a second, for some seconds. **run**: a warm-up, then rising levels.
* **sitting**: runs of one subject between which nothing is started or moved.
* **knee**: the highest level that was carried, below the lowest that was not.
"""
