"""A clock that tests turn, and ways to work a queue until nothing is wanted."""

import asyncio


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


async def worked(queue, reconcile, workers=2):
    """Work until nothing is wanted any more."""
    tasks = [asyncio.create_task(queue.work(reconcile)) for _ in range(workers)]
    while len(queue) or queue.overdue_seconds() > 0:
        await asyncio.sleep(0.005)
    queue.close()
    await asyncio.gather(*tasks)


def drain(queue):
    """The keys that would be looked at now."""
    taken = []
    while (key := queue._take()) is not None:
        taken.append(key)
    return taken
