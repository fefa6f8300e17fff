"""A process that serves follows its store: a new release is opened and made warm beside the old one, then takes its place.

Without this the first readers after a switch would wait while the new files are opened and what is kept of them is read.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable

from commonweal.engine import serving
from commonweal.errors import CommonwealError, NotReady
from commonweal.store import Store

EVERY_SECONDS = 2.0
PAUSE_SECONDS = 0.05
"""Between two steps of making warm, so that readers of the old release get their turn."""
Step = Callable[[], object]

log = logging.getLogger(__name__)


class Follower:
    """Keeps this process on the newest release of one store.

    `warm` gives, for a release, the steps that read what its first readers would wait for. A step that fails is left
    out: a reader will meet the same failure and say it. `then` is done when a release was taken up.
    """

    def __init__(
        self, store: Store, warm: Callable[[str], Iterable[Step]], then: Callable[[], object] = lambda: None
    ) -> None:
        self.store, self.warm, self.then = store, warm, then
        self._stop = threading.Event()

    def start(self) -> None:
        """Open the release that serves, then watch for the next in the background."""
        self._try(pause=0)
        threading.Thread(target=self._watch, name="release-follower", daemon=True).start()

    def stop(self) -> None:
        """Follow no longer; this process answers from the release published last."""
        self._stop.set()
        serving.forget_adopted(self.store)

    def step(self, pause: float = PAUSE_SECONDS) -> bool:
        """Take up the newest release where it is not the one that serves here; whether one was taken up."""
        try:
            newest = serving.published_release(self.store)
        except (NotReady, OSError):
            return False
        if newest == serving.adopted_release(self.store):
            return False
        for one in self.warm(newest):
            try:
                one()
            except CommonwealError as error:
                log.warning("a step of opening release %s failed: %s", newest, type(error).__name__)
            self._stop.wait(pause)
        serving.adopt(self.store, newest)
        serving.keep_only(self.store.release(newest))
        self.then()
        return True

    def _watch(self) -> None:
        while not self._stop.wait(EVERY_SECONDS):
            self._try(PAUSE_SECONDS)

    def _try(self, pause: float) -> None:
        """A release that cannot be opened never takes the place of one that can."""
        try:
            self.step(pause)
        except Exception:
            log.exception("the newest release could not be opened; it is tried again")
