"""Compiles the tree, or a submission laid over it, into a stage to boot, and reports what the compiler said."""
