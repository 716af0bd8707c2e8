"""The grader of Pollux. Entry scripts lie one folder up; each module here has one job."""
