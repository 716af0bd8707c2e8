"""What was handed in: a folder or an archive, and the files of it that are taken."""
