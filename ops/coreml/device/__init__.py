"""Scripts that go into every bundle and run on a Mac, where nothing of this project is."""
