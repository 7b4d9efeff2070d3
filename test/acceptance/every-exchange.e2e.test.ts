/**
 * I1 and I2 at every exchange at once: answers that are lost, errors after an order was made, and `kill -9` of the service, with one
 * portfolio trading on all of them. Where an exchange takes the same client id twice, a second send would be a second order.
 */
import { randomInt } from 'node:crypto';
import { expect, it } from 'vitest';
import { Decimal } from '../../src/core/decimal.ts';
import type { Venue } from '../../src/core/ids.ts';
import { seededRandom } from '../../src/journal/testing/seeded-random.ts';
import { capabilitiesOf, SUPPORTED_VENUES } from '../../src/venues/registry.ts';
import { untilBooksAgree } from './audit.ts';
import type { Control } from './control.ts';
import { checkAnswers, Load } from './load.ts';
import { makeHome, startService, startSimulator, type ServiceProcess } from './service.ts';
import { until } from './until.ts';

const ROUNDS = 2;
const CALLERS_PER_EXCHANGE = 3;
const ANSWERED_PER_ROUND = 10;
const PRICE = '60000';
/** `PLIMSOLL_LONG=1`: at every exchange. Otherwise those are left out where it takes minutes until an absence counts, as at Coinbase. */
const isLong = process.env['PLIMSOLL_LONG'] === '1';
const SOON_MS = 60_000;
const EXCHANGES = SUPPORTED_VENUES.filter((venue) => isLong || absenceCountsAfterMs(venue) <= SOON_MS);
/** Until an absence counts, with look-ups and room for a busy machine. */
const SETTLES_WITHIN_MS = 90_000 + Math.max(...EXCHANGES.map(absenceCountsAfterMs));

function absenceCountsAfterMs(venue: Venue): number {
  return Math.max(
    ...Object.values(capabilitiesOf(venue).kinds).map((kind) =>
      kind === null ? 0 : kind.requestLifetimeMs + kind.engineAllowanceMs,
    ),
  );
}

const SYMBOLS = { spot: 'BTC/USDT', swap: 'BTC/USDT:USDT' } as const;

it(
  'every order is at its exchange once or provably not at all, and the books agree with each exchange',
  async () => {
    const seed = Number(process.env['PLIMSOLL_SEED'] ?? randomInt(1, 2 ** 31));
    process.stdout.write(`every exchange: seed ${seed}\n`);
    const simulatorHome = await makeHome();
    const simulator = await startSimulator(simulatorHome, EXCHANGES);
    const home = await makeHome({ environment: { PLIMSOLL_SIMULATOR_URL: simulator.controlUrl } });
    try {
      const random = seededRandom(seed);
      const controls = new Map(EXCHANGES.map((venue) => [venue, simulator.control.at(venue)]));
      for (const [venue, control] of controls) {
        await control.price(SYMBOLS.spot, PRICE);
        if (hasSwaps(venue)) await control.price(SYMBOLS.swap, PRICE);
      }
      let service = await startService(home);
      const loads = EXCHANGES.map((exchange) => {
        const symbols = { ...SYMBOLS, swap: hasSwaps(exchange) ? SYMBOLS.swap : null };
        const load = new Load({
          api: service.api,
          seed: seed + EXCHANGES.indexOf(exchange),
          callers: CALLERS_PER_EXCHANGE,
          exchange,
          symbols,
        });
        return { exchange, load };
      });
      for (let round = 0; round < ROUNDS; round += 1) {
        for (const control of controls.values()) await disturb(control, Math.floor(random() * 1_000_000));
        await loadUntilKilled(
          service,
          loads.map(({ load }) => load),
        );
        for (const control of controls.values()) await control.heal();
        service = await startService(home);
        for (const { load } of loads) await load.repeatOpenQuestions(service.api);
      }
      for (const { exchange, load } of loads) {
        const control = controls.get(exchange);
        if (control === undefined) expect.fail(`no simulator of ${exchange}`);
        const { orders } = await untilBooksAgree(service.api, control, SETTLES_WITHIN_MS, {
          exchange,
          contractSizes: await contractSizesOf(service, exchange),
        });
        expect(checkAnswers(load, orders), exchange).toEqual([]);
        expect(
          orders.some(({ status }) => status === 'filled'),
          exchange,
        ).toBe(true);
      }
      expect(await service.stop()).toEqual({ code: 0, signal: null });
    } finally {
      await home.release();
      await simulatorHome.release();
    }
  },
  480_000 + SETTLES_WITHIN_MS,
);

/** Base units of a contract, of the swap that is traded there. */
async function contractSizesOf(
  { api }: ServiceProcess,
  exchange: Venue,
): Promise<ReadonlyMap<string, Decimal>> {
  if (!hasSwaps(exchange)) return new Map();
  const { body } = await api.ask(
    'GET',
    `/instruments?exchange=${exchange}&symbol=${encodeURIComponent(SYMBOLS.swap)}`,
  );
  const { instruments } = body as {
    readonly instruments: readonly { readonly symbol: string; readonly contract_size: string }[];
  };
  return new Map(instruments.map(({ symbol, contract_size: size }) => [symbol, Decimal.parse(size)]));
}

function hasSwaps(exchange: Venue): boolean {
  return capabilitiesOf(exchange).kinds.linear_swap !== null;
}

/** A third of the creates loses its way there or back, or is answered with an error after it was carried out. */
async function disturb(control: Control, seed: number): Promise<void> {
  const faults = [
    { kind: 'drop_response', probability: 0.12 },
    { kind: 'drop_request', probability: 0.08 },
    { kind: 'http_error_after', status: 503, probability: 0.12 },
    { kind: 'stall_body', probability: 0.04 },
  ];
  for (const [index, fault] of faults.entries())
    await control.fault({ ...fault, route: 'create_order', seed: seed + index });
}

async function loadUntilKilled(service: ServiceProcess, loads: readonly Load[]): Promise<void> {
  const before = loads.map((load) => load.answered);
  for (const load of loads) load.begin(service.api);
  await until(
    'every exchange has answered',
    () => loads.every((load, index) => load.answered >= (before[index] ?? 0) + ANSWERED_PER_ROUND),
    120_000,
  );
  await service.killAlone();
  for (const load of loads) await load.end();
}
