"""What every extracted service stands on: Nameko 2.14.1 with its known gaps closed, here and only here.

Import order matters: `boot.patch()` first, then anything that touches nameko, psycopg or sockets.
"""
