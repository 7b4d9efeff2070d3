/**
 * The first yardstick, as a process: ccxt's `createOrder` alone, called in loops. Nothing is kept, nothing is checked.
 *
 * Runs a slice for each message `Slice` and answers with `SliceDone`. Ends with its parent.
 */
import { openExchange, orderTerms, QUANTITY, SYMBOL, type VenueAddress } from './plain-ccxt.ts';

export interface Slice {
  readonly callers: number;
  readonly forMs: number;
}

export interface SliceDone {
  readonly done: number;
  readonly seconds: number;
  readonly latenciesMs: readonly number[];
  /** Messages of what failed, the first few. */
  readonly failures: readonly string[];
  /** Ids at the venue of the orders made. */
  readonly venueOrderIds: readonly string[];
}

const FAILURES_SHOWN = 5;

const venue = JSON.parse(process.argv[2] ?? '') as VenueAddress;
const exchange = await openExchange(venue);

async function run({ callers, forMs }: Slice): Promise<SliceDone> {
  const latenciesMs: number[] = [];
  const failures: string[] = [];
  const venueOrderIds: string[] = [];
  const startedAt = performance.now();
  const endsAt = startedAt + forMs;
  const call = async (caller: number): Promise<void> => {
    for (let turn = caller; performance.now() < endsAt; turn += 1) {
      const side = turn % 2 === 0 ? 'buy' : 'sell';
      const [price, parameters] = orderTerms(side);
      const sentAt = performance.now();
      try {
        const order = await exchange.createOrder(SYMBOL, 'limit', side, QUANTITY, price, parameters);
        latenciesMs.push(performance.now() - sentAt);
        venueOrderIds.push(String(order.id));
      } catch (error) {
        if (failures.length < FAILURES_SHOWN) failures.push(String(error));
      }
    }
  };
  await Promise.all(Array.from({ length: callers }, (_value, caller) => call(caller)));
  return {
    done: latenciesMs.length,
    seconds: (performance.now() - startedAt) / 1_000,
    latenciesMs,
    failures,
    venueOrderIds,
  };
}

process.on('disconnect', () => process.exit(0));
async function answer(slice: Slice): Promise<void> {
  const done = await run(slice);
  process.send?.(done);
}

process.on('message', (slice: Slice) => {
  answer(slice).catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  });
});
process.send?.('ready');
