"""What is left of the program that moved seams: the survey, which can be lifted out."""
