"""What every HTTP endpoint of the monolith stands on; knows no domain."""
