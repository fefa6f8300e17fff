"""Steps that compose the packages: build a record, make a release."""
