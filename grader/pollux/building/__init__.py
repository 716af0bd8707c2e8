"""Makes of the tree and what was handed in a stage to boot, and says what the compiler said."""
