"""The demo workspace: real public data from installed packages; nothing fetched or invented."""
