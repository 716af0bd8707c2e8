"""Who handed in what: the layouts of what common systems hand out, and the list of who is in the class."""
