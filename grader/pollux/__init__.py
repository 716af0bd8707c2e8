"""The grader of Pollux, room by room: grader/README.md is the map."""
