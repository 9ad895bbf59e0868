"""What customers bought, at the price as bought."""
