"""How the apps of a Django project hold on to each other, read from its code without running it.

* app        a package with models or an AppConfig; what Django calls an app
* crossing   one place in the code where one app reaches for another, and of what kind
* door       a module of an app that others may import: a crossing by intent, which weighs nothing
* without    the apps that are left out: what all stand on, like a library, and tools beside them
* number     the weights of all crossings added up: what a team burns down before an app can leave
"""
