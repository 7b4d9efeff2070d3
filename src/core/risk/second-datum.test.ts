/** The second reading that closes positions rests on a newer price, of a market that shows one. */
import { beforeEach, describe, expect, it } from 'vitest';
import { Decimal, decimal } from '../decimal.ts';
import { asset, instrumentSymbol } from '../ids.ts';
import { instrumentKey } from '../portfolio/keys.ts';
import {
  ACCOUNT,
  balanceReport,
  Desk,
  NO_LIMITS,
  setting,
  SWAP,
  SWAP_INSTRUMENT,
} from '../testing/fixture.ts';
import { SECOND_DATUM_AFTER_MS, SECOND_DATUM_WITHIN_MS, type FirstDatum } from './ladder.ts';
import { EQUITY_HAIRCUT } from './valuation.ts';

const ETH = instrumentSymbol('ETH/USDT:USDT');
const LIMITS = { ...NO_LIMITS, maxDrawdown: decimal('0.3') };

interface Shown {
  readonly price: string;
  readonly at: number;
}

let desk: Desk;
/** Worth 1,000 USDT, with 5 of a swap bought at 100 and 1 ETH bought at 1,000. */
beforeEach(() => {
  desk = new Desk();
  desk.openAccount(null);
  desk.balances([balanceReport('linear_swap', 'USDT', '1000')]);
  desk.positions([]);
  for (const [symbol, base, quantity, cost] of [
    [SWAP, 'BTC', '5', '500'],
    [ETH, 'ETH', '1', '1000'],
  ] as const)
    desk.force({
      type: 'positions_observed',
      accountId: ACCOUNT,
      positions: [
        {
          symbol,
          positionSide: 'net',
          setting: { ...setting(SWAP_INSTRUMENT), base: asset(base) },
          netQuantity: decimal(quantity),
          openCost: decimal(cost),
        },
      ],
    });
  read({ price: '100', at: desk.at }, { price: '1000', at: desk.at });
});

function read(swap: Shown, eth: Shown, first: FirstDatum | null = null): FirstDatum | null {
  const priceOf = (symbol: typeof SWAP, { price, at }: Shown) => ({
    key: instrumentKey(ACCOUNT, symbol),
    price: decimal(price),
    at,
  });
  const { reply } = desk.run({
    type: 'equity_reading',
    mode: 'paper',
    joinable: [ACCOUNT],
    first,
    limits: LIMITS,
    prices: [{ key: 'USDT', price: Decimal.one, at: desk.at }, priceOf(SWAP, swap), priceOf(ETH, eth)],
  });
  return reply.kind === 'equity' ? reply.second : null;
}

it('of what still trades while a halted coin has lost most: it keeps no other position open', () => {
  const halted = { price: '60', at: desk.at };
  read(halted, { price: '1000', at: desk.at });
  // Together 390 of 1,000 are lost, more than 125 % of the limit, whatever the halted coin is worth within its haircut.
  desk.at += EQUITY_HAIRCUT.freshForMs + 1;
  const first = read(halted, { price: '810', at: desk.at });
  expect(first).toMatchObject({ step: 'flatten' });
  expect(desk.ladder.step).toBe('no_new_risk');
  desk.at += 300;
  read(halted, { price: '810', at: desk.at }, first);
  expect(desk.ladder.step).toBe('flatten');
});

it('of the position that loses most while its price is fresh', () => {
  desk.at += 1_000;
  const swap = { price: '60', at: desk.at };
  desk.at += EQUITY_HAIRCUT.freshForMs - 300;
  const first = read(swap, { price: '810', at: desk.at });
  desk.at += 300;
  read(swap, { price: '810', at: desk.at }, first);
  expect(desk.ladder.step).toBe('no_new_risk');
});

it('of after the first reading, where the price of the position that lost most has grown old in between', () => {
  desk.at += 1_000;
  const swap = { price: '60', at: desk.at };
  desk.at += EQUITY_HAIRCUT.freshForMs;
  const eth = { price: '810', at: desk.at };
  const first = read(swap, eth);
  desk.at += 300;
  read(swap, eth, first);
  expect(desk.ladder.step).toBe('no_new_risk');
  read(swap, { ...eth, at: desk.at }, first);
  expect(desk.ladder.step).toBe('flatten');
});

it('of the halted coin itself where nothing else loses', () => {
  const halted = { price: '20', at: desk.at };
  desk.at += EQUITY_HAIRCUT.freshForMs + 1;
  const first = read(halted, { price: '1000', at: desk.at });
  expect(first).toMatchObject({ step: 'flatten' });
  desk.at += 300;
  read(halted, { price: '1000', at: desk.at }, first);
  expect(desk.ladder.step).toBe('no_new_risk');
});

describe('of no price, where a loss is realised elsewhere', () => {
  /** Sells the ETH at a price that leaves the loss for good. */
  const realise = (lost: string): void => {
    const order = desk.open(
      { symbol: ETH, side: 'sell', quantity: decimal('1'), price: decimal('100') },
      { instrument: { ...SWAP_INSTRUMENT, symbol: ETH, base: asset('ETH') } },
    );
    desk.fill(order, 'out', {
      price: Decimal.fromInteger(1_000).subtract(decimal(lost)),
      executedAt: desk.at,
    });
  };

  // 375 of 1,000 are 125 % of the limit. 5 of the halted coin at 99 have lost 5; half of its price on top makes them gain 242.5.
  it.each([
    ['the halted coin cannot undo it', '620', 'flatten'],
    ['the halted coin might undo it', '610', 'no_new_risk'],
  ])('and %s', (_what, lost, step) => {
    const halted = { price: '99', at: desk.at };
    desk.at += EQUITY_HAIRCUT.freshForMs + 1;
    realise(lost);
    const first = read(halted, { price: '1000', at: desk.at });
    expect(first).toMatchObject({ step: 'flatten' });
    desk.at += 300;
    read(halted, { price: '1000', at: desk.at }, first);
    expect(desk.ladder.step).toBe(step);
  });
});

describe('by bounds in time', () => {
  const NEWER = SECOND_DATUM_AFTER_MS + 50;
  it.each([
    ['too soon', SECOND_DATUM_AFTER_MS - 1, NEWER, 'no_new_risk'],
    ['no sooner than it may', SECOND_DATUM_AFTER_MS, NEWER, 'flatten'],
    ['on a price that is not new enough', NEWER, SECOND_DATUM_AFTER_MS - 1, 'no_new_risk'],
    ['on a price that is just new enough', NEWER, SECOND_DATUM_AFTER_MS, 'flatten'],
    ['as late as it may', SECOND_DATUM_WITHIN_MS, SECOND_DATUM_WITHIN_MS, 'flatten'],
    ['too late', SECOND_DATUM_WITHIN_MS + 1, SECOND_DATUM_WITHIN_MS, 'no_new_risk'],
  ] as const)('a second reading %s', (_what, afterMs, newerMs, step) => {
    desk.at += 1_000;
    const eth = { price: '1000', at: desk.at };
    const pricedAt = desk.at - 100;
    const first = read({ price: '20', at: pricedAt }, eth);
    expect(first).toMatchObject({ step: 'flatten' });
    desk.at += afterMs;
    read({ price: '20', at: pricedAt + newerMs }, eth, first);
    expect(desk.ladder.step).toBe(step);
  });
});
