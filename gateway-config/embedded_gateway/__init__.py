"""The part of Kong's Admin API that this project uses, in front of a stock Envoy."""
