/** Ports for services under test: apart from those of simulators, and from those of tests that run beside. */
import { freePortBlock } from '../port-block.ts';

const LOWEST = 10_000;
const PORTS_PER_WORKER = 1_000;
const WORKERS = 10;

const given = new Set<number>();

/** A port that is free, and that no other caller gets until this process ends. */
export async function servicePort(): Promise<number> {
  const worker = Number(process.env['VITEST_POOL_ID'] ?? 0) % WORKERS;
  const lowest = LOWEST + worker * PORTS_PER_WORKER;
  for (;;) {
    const port = await freePortBlock(1, { lowest, highest: lowest + PORTS_PER_WORKER });
    if (given.has(port)) continue;
    given.add(port);
    return port;
  }
}
