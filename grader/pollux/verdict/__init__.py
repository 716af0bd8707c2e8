"""From what a machine said and how it ended to an outcome and points."""
