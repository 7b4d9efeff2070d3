/**
 * The CPU of an order through each exchange's gateway, against ccxt's own class of that exchange, at its simulator.
 *
 * Entry point: `measureGateways`. The simulator is another process, so that the time of this one is the gateway's alone: signing,
 * sending and reading the answer, and every message of the private stream, which ccxt's class does without. A gateway keeps to the
 * exchange's documented rates also where the simulator enforces none.
 */
import ccxt from 'ccxt';
import { setTimeout as pause } from 'node:timers/promises';
import { Decimal } from '../src/core/decimal.ts';
import { instrumentSymbol } from '../src/core/ids.ts';
import type { InstrumentKind } from '../src/core/instrument.ts';
import { redirect, type Internals } from '../src/simulators/testing/ccxt-bot.ts';
import { ControlClient, type TrueAccount } from '../src/venues/conformance/control.ts';
import { freshId, optionsFor, Recorder } from '../src/venues/conformance/world.ts';
import type { ConformanceVenue } from '../src/venues/conformance/world.ts';
import { GatewayRegistry, SUPPORTED_VENUES, type SupportedVenue } from '../src/venues/registry.ts';
import { LIMIT } from '../src/venues/testing/wire-orders.ts';
import type { Children } from './children.ts';
import { median } from './statistics.ts';
import { startSimulators } from './venues.ts';

const SYMBOLS: Readonly<Record<InstrumentKind, string>> = { spot: 'BTC/USDT', linear_swap: 'BTC/USDT:USDT' };
const PRICE = 60_000;
/** Limit orders that trade at once: past the market, within the price bounds of every exchange. */
const CROSSING = { buy: 60_300, sell: 59_700 } as const;
const QUANTITY = '0.01';
/** OKX's account holds spot and swaps in one margin, where ccxt's class does not ask for it by itself. */
const ORDER_PARAMETERS: Readonly<Partial<Record<SupportedVenue, object>>> = { okx: { tdMode: 'cross' } };
const CALLERS = 4;
/** Until the last messages of a slice have been read. */
const STREAM_SETTLES_MS = 300;

interface Plan {
  readonly warmOrders: number;
  readonly sliceOrders: number;
  readonly rounds: number;
}

const PLANS: Readonly<Record<'quick' | 'ordinary', Plan>> = {
  quick: { warmOrders: 60, sliceOrders: 40, rounds: 3 },
  ordinary: { warmOrders: 300, sliceOrders: 100, rounds: 7 },
};

/** Places one order that trades at once. Rejects where it is not accepted. */
type Place = (side: 'buy' | 'sell') => Promise<void>;

interface Contestant {
  readonly place: Place;
  readonly close: () => Promise<void>;
}

export interface GatewayCost {
  readonly exchange: SupportedVenue;
  readonly kind: InstrumentKind;
  /** Microseconds of CPU an order, medians over the rounds. */
  readonly gateway: number;
  readonly bareCcxt: number;
  /** The median of the ratios within a round. */
  readonly ratio: number;
}

/** Every exchange and kind, one after the other. */
export async function measureGateways(
  children: Children,
  isQuick: boolean,
  say: (text: string) => void,
): Promise<readonly GatewayCost[]> {
  const plan = PLANS[isQuick ? 'quick' : 'ordinary'];
  const { controlUrl, health } = await startSimulators(children, SUPPORTED_VENUES);
  say(`CPU per order, µs, ${plan.rounds} rounds of ${plan.sliceOrders} orders each\n`);
  say('  exchange  kind         gateway  bare ccxt  ratio');
  const costs: GatewayCost[] = [];
  for (const exchange of SUPPORTED_VENUES) {
    const address = health.venues[exchange];
    if (address === undefined) throw new Error(`${exchange} is not simulated`);
    const control = new ControlClient(controlUrl, exchange);
    for (const kind of ['spot', 'linear_swap'] as const) {
      const gateway = await openGateway(exchange, kind, control, address);
      if (gateway === null) continue;
      await control.price(SYMBOLS[kind], String(PRICE));
      const bare = await openBareCcxt(exchange, kind, await control.newAccount(), address.rest);
      const compared = await compare(gateway, bare, plan).catch((error: unknown) => String(error));
      await gateway.close();
      await bare.close();
      if (typeof compared === 'string') {
        // One exchange that refuses an order leaves the others to be measured.
        say(`  ${exchange.padEnd(9)} ${kind.padEnd(12)} ${compared.slice(0, 100)}`);
        continue;
      }
      const cost = { exchange, kind, ...compared };
      say(
        `  ${exchange.padEnd(9)} ${kind.padEnd(12)} ${String(cost.gateway).padStart(7)} ${String(cost.bareCcxt).padStart(10)} ${cost.ratio.toFixed(2).padStart(6)}`,
      );
      costs.push(cost);
    }
  }
  return costs;
}

async function compare(
  gateway: Contestant,
  bare: Contestant,
  { warmOrders, sliceOrders, rounds }: Plan,
): Promise<Pick<GatewayCost, 'gateway' | 'bareCcxt' | 'ratio'>> {
  await cpuPerOrder(gateway, warmOrders);
  await cpuPerOrder(bare, warmOrders);
  const measured: { gateway: number; bare: number }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    // Every other round runs backwards.
    const inOrder = round % 2 === 0 ? [gateway, bare] : [bare, gateway];
    const costs = new Map<Contestant, number>();
    for (const contestant of inOrder) costs.set(contestant, await cpuPerOrder(contestant, sliceOrders));
    measured.push({ gateway: costs.get(gateway) ?? 0, bare: costs.get(bare) ?? 0 });
  }
  return {
    gateway: Math.round(median(measured.map((one) => one.gateway))),
    bareCcxt: Math.round(median(measured.map((one) => one.bare))),
    ratio: median(measured.map((one) => one.gateway / one.bare)),
  };
}

/** Microseconds, until the messages of the last order have been read. */
async function cpuPerOrder({ place }: Contestant, orders: number): Promise<number> {
  const before = process.cpuUsage();
  let placed = 0;
  const caller = async (): Promise<void> => {
    // A caller sells what it bought: no account runs out of money.
    while (placed < orders) {
      placed += 2;
      await place('buy');
      await place('sell');
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  await pause(STREAM_SETTLES_MS);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / placed;
}

/** Null where the exchange's gateway does not trade the kind. */
async function openGateway(
  exchange: SupportedVenue,
  kind: InstrumentKind,
  control: ControlClient,
  { rest, ws }: { readonly rest: string; readonly ws: string },
): Promise<Contestant | null> {
  const venue = { endpoints: { rest, ws } } as ConformanceVenue;
  const gateway = new GatewayRegistry().create(exchange, optionsFor(venue, kind, await control.newAccount()));
  const terms = gateway.capabilities.kinds[kind];
  if (terms === null) return null;
  await gateway.start(new Recorder());
  return {
    place: async (side) => {
      const outcome = await gateway.send({
        order: {
          ...LIMIT,
          symbol: instrumentSymbol(SYMBOLS[kind]),
          side,
          quantity: Decimal.parse(QUANTITY),
          price: Decimal.parse(String(CROSSING[side])),
        },
        venueClientOrderId: freshId(),
        signedAt: gateway.venueNow(),
        requestLifetimeMs: terms.requestLifetimeMs,
        reducing: false,
        closing: false,
        annul: new AbortController().signal,
      });
      if (outcome.kind !== 'accepted') throw new Error(`${exchange}: ${JSON.stringify(outcome)}`);
    },
    close: () => gateway.stop(),
  };
}

/** ccxt's class as a bot would use it. */
async function openBareCcxt(
  exchange: SupportedVenue,
  kind: InstrumentKind,
  { key, secret, passphrase }: TrueAccount,
  rest: string,
): Promise<Contestant> {
  const client = new ccxt[exchange]({
    apiKey: key,
    secret,
    ...(passphrase === null ? {} : { password: passphrase }),
    enableRateLimit: false,
    options: exchange === 'bitget' ? { uta: true } : {},
  });
  await redirect(client, rest);
  await client.loadMarkets();
  const symbol = SYMBOLS[kind];
  const contractSize = client.market(symbol)['contractSize'] ?? 1;
  return {
    place: async (side) => {
      const amount = Number(QUANTITY) / contractSize;
      await client.createOrder(
        symbol,
        'limit',
        side,
        amount,
        CROSSING[side],
        ORDER_PARAMETERS[exchange] ?? {},
      );
    },
    close: () => (client as unknown as Internals).fetchDispatcher.close(),
  };
}
