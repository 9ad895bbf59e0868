"""What the gateway costs: beside no gateway at all and a bare nginx, and while it is being changed."""
