/** Generated scenarios of the standard size on one core: drawn, played, judged and counted, as a campaign does it. */
import { memoryPlace } from '../../scenarios/memory-place.ts';
import { runScenarios, type ScenarioPlace } from '../../scenarios/run-scenarios.ts';
import type { MemoryVenue } from '../../testing/memory/memory-venue.ts';
import { standardScenario } from '../standard-scenario.ts';

const { runs } = JSON.parse(process.argv[2] ?? '') as { readonly runs: number };

let events = 0;
let virtualMs = 0;
const place: ScenarioPlace = {
  ...memoryPlace,
  openVenue: async (config, run) => {
    const venue = (await memoryPlace.openVenue(config, run)) as MemoryVenue;
    const startedAt = venue.clock.now();
    const close = venue.close.bind(venue);
    const closeCounted = (): Promise<void> => {
      events += venue.eventCount;
      virtualMs += venue.clock.now() - startedAt;
      return close();
    };
    venue.close = closeCounted;
    return venue;
  },
};

await runScenarios([standardScenario], { place, runs: Math.ceil(runs / 4), seed: 2 });
events = 0;
virtualMs = 0;
const startedAt = performance.now();
const startedCpu = process.cpuUsage();
const { report } = await runScenarios([standardScenario], { place, runs, seed: 1 });
const cpu = process.cpuUsage(startedCpu);
const seconds = (performance.now() - startedAt) / 1_000;
const [scenario] = report.scenarios;
if (scenario === undefined || !report.passed) throw new Error(`The standard scenario broke: ${scenario?.failure?.message}`);
const { deliveries, rebalances, crashes, commits, faults } = scenario.counts;
const fired = Object.values(faults).reduce((sum, count) => sum + count, 0);
console.log(
  JSON.stringify({
    runsPerSecond: runs / seconds,
    runsPerCpuSecond: (runs * 1e6) / (cpu.user + cpu.system),
    virtualHoursPerSecond: virtualMs / 3_600_000 / seconds,
    each: Object.fromEntries(
      Object.entries({ events, deliveries, commits, rebalances, crashes, faults: fired }).map(([name, count]) => [
        name,
        Number((count / runs).toPrecision(3)),
      ]),
    ),
  }),
);
