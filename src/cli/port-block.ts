/**
 * A run of free TCP ports on the loopback interface, for a child that must come back on the same ones.
 *
 * Entry points: `freePortBlock`, and `reservePortBlock` for ports that no other caller gets while they are in use.
 */
import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';

/** Below the ports that systems give to outgoing connections. */
const SIMULATOR_PORTS: PortRange = { lowest: 20_000, highest: 32_000 };
const ATTEMPTS = 100;
/** The exit status of a command whose port is taken by another process. */
export const EXIT_PORT_TAKEN = 3;

/** The highest itself is left out. */
export interface PortRange {
  readonly lowest: number;
  readonly highest: number;
}

export interface PortBlock {
  readonly first: number;
  release(): Promise<void>;
}

/**
 * `count` ports in a row that are free now and are given to no other caller, of whatever process, until they are released
 * or this process ends: the port before them is kept open meanwhile, and every block of a range begins at one of the same
 * few places. The block that begins at `preferred` is taken where it is free. Throws when there is no block left.
 */
export async function reservePortBlock(
  count: number,
  range = SIMULATOR_PORTS,
  preferred: number | null = null,
): Promise<PortBlock> {
  const { lowest, highest } = range;
  const size = count + 1;
  const blocks = Math.floor((highest - lowest) / size);
  const wanted = preferred === null ? -1 : (preferred - 1 - lowest) / size;
  const isBlock = Number.isInteger(wanted) && wanted >= 0 && wanted < blocks;
  const start = isBlock ? wanted : blocks > 0 ? randomInt(blocks) : 0;
  for (let step = 0; step < blocks; step += 1) {
    const guardPort = lowest + ((start + step) % blocks) * size;
    const guard = await listenOn(guardPort);
    if (guard === null) continue;
    const first = guardPort + 1;
    const free = await Promise.all(Array.from({ length: count }, (_, offset) => isFree(first + offset)));
    if (free.every(Boolean)) {
      // The guard keeps the port open, and does not keep the process alive.
      guard.unref();
      return { first, release: () => closed(guard) };
    }
    await closed(guard);
  }
  throw new Error(`no block of ${count} free ports is left between ${lowest} and ${highest}`);
}

/** The first of `count` ports in a row that are free now, below `highest`. Throws when none is found. */
export async function freePortBlock(
  count: number,
  { lowest, highest }: PortRange = SIMULATOR_PORTS,
): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const first = randomInt(lowest, highest - count);
    const ports = Array.from({ length: count }, (_, offset) => first + offset);
    const free = await Promise.all(ports.map(isFree));
    if (free.every(Boolean)) return first;
  }
  throw new Error(`no ${count} free ports in a row between ${lowest} and ${highest}`);
}

async function isFree(port: number): Promise<boolean> {
  const server = await listenOn(port);
  if (server === null) return false;
  await closed(server);
  return true;
}

/** Null when another process has the port. Connections to it are closed at once. */
function listenOn(port: number): Promise<Server | null> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', () => resolve(null));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => resolve(server));
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
