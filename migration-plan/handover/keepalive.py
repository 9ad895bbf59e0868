"""How a server notices that whoever held a session is gone with its host.

Without an answer its backend would keep the session's locks for two hours (the kernel's default), and
whoever stands by would wait for them. Ignored where the connection is no TCP.
"""

NOTICE_THE_DEAD = (
    "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3 "
    "-c tcp_user_timeout=20000"
)
