"""Short and always the same trouble; `make chaos` has more of it, with seeds of its own."""

import os

from chaos import World
from harness import Case
from verdict import judge, table


class ChaosTests(Case):
    SLOW = True

    def test_thirty_kills_among_flapping_targets_and_failing_receivers_lose_nothing_and_double_nothing(self):
        seed = int(os.environ.get("SEED", "0")) or 1
        verdict = judge(World(self.path("world"), seed, kills=30).run())
        self.assertEqual(verdict.wrong, [], f"seed {seed}\n{table([verdict])}")
        # It was trouble enough to say anything.
        self.assertGreater(verdict.figures["outages"], 15, table([verdict]))
        self.assertGreater(verdict.figures["attempts in doubt"], 5, table([verdict]))
