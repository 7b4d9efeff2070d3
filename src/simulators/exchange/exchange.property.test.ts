/**
 * Properties that hold for any sequence of calls. The checks read events and figures only; price-time priority is judged by
 * a shadow book built from the order events alone.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Decimal, decimal } from '../../core/decimal.ts';
import { decode, encode } from '../state/codec.ts';
import type { Command } from './command.ts';
import type { ExchangeEvent } from './event.ts';
import { BTC, BTC_SWAP, ETH, exampleConfig, examplePolicy, heldExchange, START_AT } from './example-venue.ts';
import { Exchange } from './exchange.ts';
import type { ExchangeConfig } from './world.ts';
import { closesSide, isOpen, type Order, type OrderRequest } from './order.ts';
import { applyCommand } from './replay.ts';
import type { ExchangeSnapshot } from './snapshot.ts';

const ASSETS = ['USDT', 'BTC', 'ETH'];
const SYMBOLS = ['BTC/USDT', 'ETH/USDT', 'BTC/USDT:USDT'];
const RUNS = 100;
/** A failure is shrunk before it is shown, which takes its time. */
const TIMEOUT_MS = 300_000;

/** Thin books, so that users meet each other and not the venue's maker alone. */
const THIN: Partial<ExchangeConfig> = {
  instruments: [BTC, ETH, BTC_SWAP].map((instrument) => ({
    ...instrument,
    liquidity: { ...instrument.liquidity, levels: 2, levelNotional: decimal('2000') },
  })),
};

/** A step of a run: drawn small, made into a call when the steps before it are done. */
type Step =
  | { readonly do: 'place'; readonly user: string; readonly draw: OrderDraw }
  | { readonly do: 'oco'; readonly user: string; readonly buy: boolean; readonly size: number }
  | { readonly do: 'cancel'; readonly user: string; readonly index: number }
  | { readonly do: 'cancel_all'; readonly user: string; readonly symbol: string }
  | { readonly do: 'replace'; readonly user: string; readonly index: number; readonly draw: OrderDraw }
  | {
      readonly do: 'amend';
      readonly user: string;
      readonly index: number;
      readonly percent: number;
      readonly ticks: number;
    }
  | { readonly do: 'move'; readonly symbol: string; readonly permille: number; readonly hold: boolean }
  | { readonly do: 'fund'; readonly permille: number }
  | { readonly do: 'leverage'; readonly user: string; readonly leverage: number; readonly isolated: boolean }
  | { readonly do: 'mode'; readonly user: string; readonly hedged: boolean }
  | { readonly do: 'wait'; readonly ms: number };

interface OrderDraw {
  readonly symbol: string;
  readonly buy: boolean;
  readonly type: OrderRequest['type'];
  /** Distance from the market in thousandths, for the prices that the type takes. */
  readonly priceAt: number;
  readonly stopAt: number;
  /** Thousandths of a unit. */
  readonly size: number;
  readonly byCost: boolean;
  readonly timeInForce: 'GTC' | 'IOC' | 'FOK' | 'GTD';
  readonly postOnly: boolean;
  readonly reduceOnly: boolean;
  /** Of a hedged account; one in ten orders names a side that does not go with the account's mode. */
  readonly long: boolean;
  readonly mismatched: boolean;
  readonly prevention: 'none' | 'expire_taker' | 'expire_maker' | 'expire_both' | 'decrement';
  readonly clientOrderId: string | null;
}

const user = fc.constantFrom('alice', 'bob');
const symbol = fc.constantFrom(...SYMBOLS);
const orderDraw: fc.Arbitrary<OrderDraw> = fc.record({
  symbol,
  buy: fc.boolean(),
  type: fc.constantFrom(
    'limit',
    'limit',
    'limit',
    'market',
    'stop_market',
    'stop_limit',
    'take_profit_market',
    'take_profit_limit',
  ),
  priceAt: fc.integer({ min: -4, max: 4 }),
  stopAt: fc.integer({ min: -6, max: 6 }),
  size: fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 300, max: 40_000 })),
  byCost: fc.boolean(),
  timeInForce: fc.constantFrom('GTC', 'GTC', 'IOC', 'FOK', 'GTD'),
  postOnly: fc.boolean(),
  reduceOnly: fc.boolean(),
  long: fc.boolean(),
  mismatched: fc.nat({ max: 9 }).map((number) => number === 9),
  prevention: fc.constantFrom('none', 'expire_taker', 'expire_maker', 'expire_both', 'decrement'),
  clientOrderId: fc.option(fc.constantFrom('a', 'b', 'c'), { nil: null }),
});
const index = fc.nat({ max: 50 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ do: fc.constant('place'), user, draw: orderDraw }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('oco'),
      user,
      buy: fc.boolean(),
      size: fc.integer({ min: 1, max: 900 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel'), user, index }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel_all'), user, symbol }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('replace'), user, index, draw: orderDraw }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('amend'),
      user,
      index,
      percent: fc.integer({ min: 10, max: 150 }),
      ticks: fc.integer({ min: -300, max: 300 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('move'),
      symbol,
      permille: fc.oneof(fc.integer({ min: -6, max: 6 }), fc.integer({ min: -60, max: 60 })),
      hold: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('fund'), permille: fc.integer({ min: -30, max: 30 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('leverage'),
      user,
      leverage: fc.integer({ min: 1, max: 125 }),
      isolated: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('mode'), user, hedged: fc.boolean() }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('wait'), ms: fc.constantFrom(100, 3000, 40_000, 28_800_000) }),
  },
);
const steps = fc.array(step, { minLength: 20, maxLength: 70, size: 'max' });

function near(price: Decimal, permille: number, tick: Decimal): Decimal {
  return price
    .multiply(Decimal.fromInteger(1000 + permille))
    .divide(decimal('1000'), 8, 'down')
    .roundToMultipleOf(tick, 'down');
}

function requestOf(exchange: Exchange, accountId: string, draw: OrderDraw, at: number): OrderRequest {
  // A hedged account trades its swap alone and leaves reduceOnly aside, since most of its orders would be refused.
  const isHedged = exchange.isHedged(accountId);
  const symbol = isHedged ? 'BTC/USDT:USDT' : draw.symbol;
  const last = exchange.market(symbol)?.lastPrice ?? Decimal.one;
  const tick = decimal('0.01');
  const hasLimit = draw.type === 'limit' || draw.type === 'stop_limit' || draw.type === 'take_profit_limit';
  const isSwap = symbol.endsWith(':USDT');
  // Spot funds carry small orders, leverage large ones.
  const positionSide = draw.long ? 'long' : 'short';
  const closes = isHedged && closesSide({ side: draw.buy ? 'buy' : 'sell', positionSide });
  const most = closes ? 200 : 900;
  const quantity = Decimal.of(BigInt(isSwap && !closes ? draw.size : 1 + (draw.size % most)), 3);
  const namesSide = isHedged !== draw.mismatched;
  const byCost = draw.byCost && draw.type === 'market' && !isSwap;
  return {
    symbol,
    side: draw.buy ? 'buy' : 'sell',
    type: draw.type,
    selfTradePrevention: draw.prevention,
    ...(byCost ? { cost: quantity.multiply(decimal('1000')) } : { quantity }),
    ...(hasLimit ? { price: near(last, draw.priceAt, tick), timeInForce: draw.timeInForce } : {}),
    ...(hasLimit && draw.timeInForce === 'GTD' ? { expiresAt: at + 20_000 } : {}),
    ...(draw.type === 'limit' || draw.type === 'market' ? {} : { stopPrice: near(last, draw.stopAt, tick) }),
    ...(draw.postOnly && draw.type === 'limit' && draw.timeInForce === 'GTC' ? { postOnly: true } : {}),
    ...(draw.reduceOnly && isSwap && !isHedged ? { reduceOnly: true } : {}),
    ...(namesSide && isSwap ? { positionSide } : {}),
    ...(draw.clientOrderId === null ? {} : { clientOrderId: draw.clientOrderId }),
  };
}

function anOrder(exchange: Exchange, accountId: string, at: number): Order | undefined {
  const orders = exchange.allOrders().filter((order) => order.accountId === accountId);
  return orders[at % Math.max(1, orders.length)];
}

/** Makes the call of one step. Returns the time after it. */
function perform(exchange: Exchange, step: Step, at: number): number {
  switch (step.do) {
    case 'place':
      exchange.placeOrder(at, step.user, requestOf(exchange, step.user, step.draw, at));
      return at;
    case 'oco': {
      const last = exchange.market('BTC/USDT')?.lastPrice ?? Decimal.one;
      const tick = decimal('0.01');
      const quantity = Decimal.of(BigInt(step.size), 3);
      const leg = { symbol: 'BTC/USDT', side: step.buy ? ('buy' as const) : ('sell' as const), quantity };
      const ticks = step.buy ? 4 : -4;
      exchange.placeList(at, step.user, {
        symbol: 'BTC/USDT',
        legs: [
          { ...leg, type: 'limit', price: near(last, -ticks, tick) },
          {
            ...leg,
            type: 'stop_limit',
            stopPrice: near(last, ticks, tick),
            price: near(last, 2 * ticks, tick),
          },
        ],
      });
      return at;
    }
    case 'cancel': {
      const order = anOrder(exchange, step.user, step.index);
      if (order !== undefined) exchange.cancelOrder(at, step.user, order);
      return at;
    }
    case 'cancel_all':
      exchange.cancelAll(at, step.user, { symbol: step.symbol });
      return at;
    case 'replace': {
      const order = anOrder(exchange, step.user, step.index);
      if (order !== undefined)
        exchange.cancelReplace(
          at,
          step.user,
          order,
          requestOf(exchange, step.user, step.draw, at),
          'stop_on_failure',
        );
      return at;
    }
    case 'amend': {
      const order = anOrder(exchange, step.user, step.index);
      if (order === undefined) return at;
      const quantity = order.quantity
        .multiply(Decimal.of(BigInt(step.percent), 2))
        .roundToMultipleOf(decimal('0.001'), 'down');
      const price = order.price?.add(Decimal.of(BigInt(step.ticks), 2));
      exchange.amendOrder(
        at,
        step.user,
        order,
        step.ticks % 3 === 0 || price === undefined ? { quantity } : { quantity, price },
      );
      return at;
    }
    case 'move': {
      const market = exchange.market(step.symbol);
      if (market !== null)
        exchange.movePrice(
          at,
          step.symbol,
          [near(market.markPrice, step.permille, decimal('0.01'))],
          step.hold,
        );
      return at;
    }
    case 'fund':
      exchange.settleFunding(at, 'BTC/USDT:USDT', Decimal.of(BigInt(step.permille), 3));
      return at;
    case 'leverage':
      exchange.setMarginMode(at, step.user, 'BTC/USDT:USDT', step.isolated ? 'isolated' : 'cross');
      exchange.setLeverage(at, step.user, 'BTC/USDT:USDT', step.leverage);
      return at;
    case 'mode':
      exchange.setHedged(at, step.user, step.hedged);
      return at;
    case 'wait':
      exchange.advance(at + step.ms);
      return at + step.ms;
  }
}

function conserved(exchange: Exchange): string[] {
  return ASSETS.map((asset) => exchange.supply(asset).subtract(exchange.openCost(asset)).toString());
}

/** Checks each maker's fill against what else rested, as the order events reported it. */
class ShadowBook {
  readonly #resting = new Map<string, { readonly order: Order; readonly since: number }>();
  #count = 0;

  see(event: ExchangeEvent): void {
    if (event.kind !== 'order') return;
    const { order, change, fill } = event;
    const key = `${order.symbol} ${order.conditional} ${order.venueOrderId}`;
    if (fill?.liquidity === 'maker') this.#judge(key, order);
    this.#count += 1;
    const known = this.#resting.get(key);
    if (!isOpen(order.status) || order.status === 'untriggered' || order.price === null) {
      this.#resting.delete(key);
      return;
    }
    const keepsPlace =
      known !== undefined &&
      (change !== 'amended' ||
        (known.order.price?.equals(order.price) === true && order.quantity.atMost(known.order.quantity)));
    this.#resting.set(key, { order, since: keepsPlace ? known.since : this.#count });
  }

  #judge(key: string, order: Order): void {
    const filled = this.#resting.get(key);
    expect(filled, 'a maker rested before').toBeDefined();
    for (const other of this.#resting.values()) {
      if (other.order.symbol !== order.symbol || other.order.side !== order.side || other === filled)
        continue;
      const [mine, theirs] = [order.price ?? Decimal.zero, other.order.price ?? Decimal.zero];
      const isBetter = order.side === 'buy' ? theirs.greaterThan(mine) : theirs.lessThan(mine);
      expect(isBetter, `${theirs.toString()} went before ${mine.toString()}`).toBe(false);
      if (theirs.equals(mine)) expect(other.since).toBeGreaterThan(filled?.since ?? 0);
    }
  }
}

/** The amount of an asset that an account's open spot orders may still have to pay: each once, a list its dearer leg. */
function neededFor(exchange: Exchange, accountId: string, asset: string): Decimal {
  const byList = new Map<string, Decimal>();
  let total = Decimal.zero;
  for (const order of exchange.openOrders(accountId, { marketType: 'spot' })) {
    const rest = order.quantity.subtract(order.filled).subtract(order.preventedQuantity);
    const isBuy = order.side === 'buy';
    if (asset !== (isBuy ? 'USDT' : order.symbol.split('/')[0])) continue;
    const need = isBuy ? rest.multiply(order.price ?? order.stopPrice ?? Decimal.zero) : rest;
    if (order.listId === null) total = total.add(need);
    else byList.set(order.listId, need.max(byList.get(order.listId) ?? Decimal.zero));
  }
  for (const need of byList.values()) total = total.add(need);
  return total;
}

/** The positions of an account are the sums of its fills, each side by itself. */
function checkPositions(exchange: Exchange, accountId: string): void {
  const sums = new Map<string, Decimal>();
  for (const { symbol: name, marketType, side, positionSide, quantity } of exchange.fills(accountId, {})) {
    if (marketType === 'spot') continue;
    const key = `${name} ${positionSide}`;
    sums.set(key, (sums.get(key) ?? Decimal.zero).add(side === 'buy' ? quantity : quantity.negate()));
  }
  const sides = exchange.isHedged(accountId) ? ['long', 'short'] : ['net'];
  for (const position of exchange.positions(accountId)) {
    const key = `${position.symbol} ${position.side}`;
    expect(sides, `the mode has the ${key} position`).toContain(position.side);
    expect(position.quantity.toString(), key).toBe((sums.get(key) ?? Decimal.zero).toString());
    if (position.side === 'long') expect(position.quantity.isNegative(), 'a long below zero').toBe(false);
    if (position.side === 'short') expect(position.quantity.isPositive(), 'a short above zero').toBe(false);
    sums.delete(key);
  }
  for (const [key, sum] of sums) expect(sum.isZero(), `${key} was closed before the mode changed`).toBe(true);
}

/** True when the wallet was checked: what an account has won, paid and received is what its wallet moved by. */
function checkIncome(exchange: Exchange, accountId: string): boolean {
  const isLiquidated = exchange
    .allOrders()
    .some((order) => order.accountId === accountId && order.tags['liquidation'] === 'true');
  // The insurance account's payments stand in no history of the account.
  if (isLiquidated) return false;
  let expected = decimal('100000');
  for (const fill of exchange.fills(accountId, { symbol: 'BTC/USDT:USDT' }))
    expected = expected.add(fill.realizedPnl).subtract(fill.fee);
  for (const { amount } of exchange.funding(accountId)) expected = expected.add(amount);
  const [wallet] = exchange.balances(accountId, 'swap');
  expect(wallet?.total.toString(), `wallet of ${accountId}`).toBe(expected.toString());
  return true;
}

function checkFigures(exchange: Exchange): void {
  for (const accountId of ['alice', 'bob']) {
    const isFlat = exchange.positions(accountId).every((position) => position.quantity.isZero());
    for (const balance of exchange.balances(accountId)) {
      expect(balance.free.isNegative(), `free ${balance.asset}`).toBe(false);
      // A swap wallet may be below zero only while the profit of an open position stands behind it.
      if (balance.wallet === 'spot' || isFlat)
        expect(balance.total.isNegative(), `total ${balance.asset} ${balance.total.toString()}`).toBe(false);
      if (balance.wallet === 'spot') expect(balance.free.atMost(balance.total)).toBe(true);
    }
    for (const { asset, total, free } of exchange.balances(accountId, 'spot'))
      expect(total.subtract(free).toString(), `locked ${asset}`).toBe(
        neededFor(exchange, accountId, asset).toString(),
      );
  }
  for (const order of exchange.allOrders()) {
    const most = order.quantity.subtract(order.preventedQuantity);
    expect(order.filled.atMost(most), 'never overfilled').toBe(true);
    if (order.cost !== null) expect(order.filledCost.atMost(order.cost), 'never beyond its cost').toBe(true);
    if (order.timeInForce === 'FOK' && order.type === 'limit' && !isOpen(order.status))
      expect(order.filled.isZero() || order.filled.equals(order.quantity), 'all or nothing').toBe(true);
  }
  const bestBidAsk = SYMBOLS.map((name) => exchange.book(name, 1));
  for (const book of bestBidAsk) {
    const [bid, ask] = [book?.bids[0], book?.asks[0]];
    if (bid !== undefined && ask !== undefined) expect(bid[0].lessThan(ask[0]), 'never crossed').toBe(true);
  }
}

test(
  'figures hold, assets are conserved and priority is kept, whatever is called',
  { timeout: TIMEOUT_MS },
  () => {
    const seen = { wallets: 0, net: 0, long: 0, short: 0, closings: 0 };
    fc.assert(
      fc.property(steps, fc.boolean(), fc.boolean(), (run, refuses, hedged) => {
        const policy = examplePolicy(
          refuses ? {} : { alreadyTriggered: 'trigger', postOnlyWouldTake: 'canceled' },
        );
        const exchange = heldExchange({ ...THIN, policy });
        // Then alice has two sides and bob has one, until a step changes that.
        exchange.setHedged(START_AT, 'alice', hedged);
        const before = conserved(exchange);
        const shadow = new ShadowBook();
        const postOnly = new Set<string>();
        const fillIds = new Set<string>();
        exchange.subscribe((events) => {
          for (const event of events) {
            shadow.see(event);
            if (event.kind !== 'order') continue;
            const { order, fill } = event;
            const key = `${order.symbol} ${order.venueOrderId}`;
            if (order.postOnly) postOnly.add(key);
            if (fill === null) continue;
            expect(fill.liquidity === 'taker' && postOnly.has(key), 'post-only never takes').toBe(false);
            fillIds.add(`${key} ${fill.tradeId}`);
          }
        });
        let at = START_AT;
        for (const one of run) {
          at = perform(exchange, one, at + 1);
          checkFigures(exchange);
          expect(conserved(exchange)).toEqual(before);
          for (const accountId of ['alice', 'bob']) checkPositions(exchange, accountId);
        }
        for (const accountId of ['alice', 'bob']) {
          if (checkIncome(exchange, accountId)) seen.wallets += 1;
          for (const fill of exchange.fills(accountId, { symbol: 'BTC/USDT:USDT' })) {
            seen[fill.positionSide] += 1;
            if (closesSide(fill)) seen.closings += 1;
          }
        }
        expect(fillIds.size, 'each fill is reported once, under an id of its own').toBe(
          exchange.allFills().length,
        );
      }),
      { numRuns: RUNS },
    );
    // Runs that never traded on a side would prove nothing of it.
    for (const [what, count] of Object.entries(seen)) expect(count, what).toBeGreaterThan(RUNS / 20);
  },
);

test(
  'a replay of the commands, and a saved and resumed exchange, end in the identical state',
  { timeout: TIMEOUT_MS },
  () => {
    fc.assert(
      fc.property(steps, fc.nat({ max: 60 }), fc.boolean(), (run, cut, hedged) => {
        const commands: Command[] = [];
        const recorded = new Exchange(exampleConfig(THIN));
        recorded.onCommand((command) => commands.push(command));
        prepare(recorded);
        recorded.setHedged(START_AT, 'alice', hedged);
        const resumable = new Exchange(exampleConfig(THIN));
        prepare(resumable);
        resumable.setHedged(START_AT, 'alice', hedged);
        let resumed = resumable;
        let at = START_AT;
        let resumedAt = START_AT;
        for (const [number, one] of run.entries()) {
          if (number === cut) {
            const saved = decode(encode(resumed.snapshot())) as ExchangeSnapshot;
            resumed = new Exchange(exampleConfig({ ...THIN, seed: 99 }), saved);
          }
          at = perform(recorded, one, at + 1);
          resumedAt = perform(resumed, one, resumedAt + 1);
        }
        const replayed = new Exchange(exampleConfig(THIN));
        for (const command of commands) applyCommand(replayed, decode(encode(command)) as Command);
        const wanted = encode(recorded.snapshot());
        expect(encode(replayed.snapshot())).toBe(wanted);
        expect(encode(resumed.snapshot())).toBe(wanted);
      }),
      { numRuns: RUNS },
    );
  },
);

test('an order book that was never touched by users differs with the seed and repeats with it', () => {
  const path = (seed: number): string => {
    const exchange = new Exchange(exampleConfig({ seed }));
    exchange.advance(START_AT + 60_000);
    return encode(exchange.snapshot().symbols);
  };
  expect(path(1)).toBe(path(1));
  expect(path(1)).not.toBe(path(2));
});

function prepare(exchange: Exchange): void {
  for (const accountId of ['alice', 'bob'])
    exchange.registerAccount(START_AT, {
      accountId,
      credentials: { key: accountId, secret: 's', passphrase: null },
      permissions: { trade: true, withdraw: false },
      balances: [
        { wallet: 'spot', asset: 'USDT', amount: decimal('100000') },
        { wallet: 'spot', asset: 'BTC', amount: decimal('2') },
        { wallet: 'spot', asset: 'ETH', amount: decimal('20') },
        { wallet: 'swap', asset: 'USDT', amount: decimal('100000') },
      ],
    });
}
