"""`make bench`: figures of this machine, each beside a baseline of the same run."""
