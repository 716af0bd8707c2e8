"""What the kernel and the heap cost, against their limits and their peers."""
