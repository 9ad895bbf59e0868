"""What people do in the shop; each module is one kind of person."""
