"""The machine that a test runs in: QEMU or Bochs, its orders, its snapshots, its memory, its end."""
