"""An invented care system of any size, with known defects. Its people do not exist."""
