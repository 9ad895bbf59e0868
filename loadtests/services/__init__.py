"""What the services cost and bring, each number beside the one it is to be compared with."""
