"""What every page shares: who is asking, what they may, the frame around a page, the release that serves, failures."""
