"""The course as it lies in the tree: labs and their points, marks, handouts, and the trees made for others."""
