"""Orders: the core. Event-sourced orders, carts, and purchases as durable sagas."""
