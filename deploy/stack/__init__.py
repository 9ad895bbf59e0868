"""Runs every process of this project on one machine, on loopback ports of its own.

* profile       one running copy: its state directory and the ports counted from its base.
* program       one process under supervisor.
* server        a program that is not ours: PostgreSQL, RabbitMQ and Erlang's port mapper.
* application   a program that is ours.
"""
