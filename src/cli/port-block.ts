/** A run of free TCP ports on the loopback interface, for a child that must come back on the same ones. */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below the ports that systems give to outgoing connections. */
const SIMULATOR_PORTS = { lowest: 20_000, highest: 32_000 };
const ATTEMPTS = 100;

/** The first of `count` ports in a row that are free now, below `highest`. Throws when none is found. */
export async function freePortBlock(
  count: number,
  { lowest, highest }: { readonly lowest: number; readonly highest: number } = SIMULATOR_PORTS,
): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const first = randomInt(lowest, highest - count);
    const ports = Array.from({ length: count }, (_, offset) => first + offset);
    const free = await Promise.all(ports.map(isFree));
    if (free.every(Boolean)) return first;
  }
  throw new Error(`no ${count} free ports in a row between ${lowest} and ${highest}`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
