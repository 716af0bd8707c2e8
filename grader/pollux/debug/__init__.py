"""For whoever looks for a mistake: the Bochs debugger, gdb, a recorded run, the editor's settings."""
