"""What both ends of RPC have to agree on, beside the values that they exchange."""

# How long a queue of answers outlives whoever hears them: longer than any deadline and a new connection.
REPLY_QUEUE_TTL_MS = 30_000
