"""The vocabulary of the invented shop."""

MATERIALS = (
    "oak", "walnut", "maple", "steel", "copper", "brass", "linen", "cotton", "wool", "leather",
    "ceramic", "porcelain", "glass", "bamboo", "cork", "marble", "slate", "silk", "canvas", "felt",
)  # fmt: skip
ADJECTIVES = (
    "classic", "modern", "rustic", "compact", "foldable", "handmade", "lightweight", "sturdy",
    "elegant", "vintage", "waterproof", "portable", "adjustable", "stackable", "quiet", "bright",
)  # fmt: skip
THINGS = (
    "chair", "table", "lamp", "shelf", "bowl", "kettle", "blanket", "pillow", "backpack", "wallet",
    "notebook", "clock", "mirror", "vase", "basket", "stool", "bench", "rug", "curtain", "tray",
    "teapot", "skillet", "knife", "apron", "lantern", "umbrella", "cabinet", "drawer", "hook", "jar",
)  # fmt: skip
ROOMS = (
    "kitchen", "garden", "office", "bedroom", "bathroom", "hallway", "balcony", "workshop",
    "nursery", "attic",
)  # fmt: skip
PHRASES = (
    "made to last", "easy to clean", "ships flat", "repairable for years", "a gift that is used",
    "from small workshops", "tested every day", "with spare parts", "in three sizes",
)  # fmt: skip
GIVEN_NAMES = (
    "Ada", "Alan", "Barbara", "Claude", "Donald", "Edsger", "Frances", "Grace", "Hedy", "Joan",
    "Katherine", "Leslie", "Margaret", "Niklaus", "Radia", "Tim",
)  # fmt: skip
FAMILY_NAMES = (
    "Allen", "Clarke", "Dijkstra", "Hamilton", "Hopper", "Johnson", "Knuth", "Lamarr", "Lamport",
    "Liskov", "Lovelace", "Perlman", "Shannon", "Turing", "Wirth",
)  # fmt: skip
