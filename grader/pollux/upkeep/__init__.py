"""What keeps the course honest: mutants, checkpoints, transcripts, coverage, soak, and all tests at once."""
