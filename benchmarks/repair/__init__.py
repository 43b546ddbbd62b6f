"""A user's two files of corrections, made up in the published form, through `apprentice repair`."""
