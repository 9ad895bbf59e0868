"""What a handover costs whoever writes meanwhile, and what does not depend on how much there is."""
