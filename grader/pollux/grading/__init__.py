"""The way of one submission through the rooms: taken, built, run, judged, reported."""
