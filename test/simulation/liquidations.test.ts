/**
 * Seeded liquidations: whatever leverage, margin mode, sides, funding and prices lead to them, the books realise what the
 * account's balance at the venue lost.
 */
import { describe, expect, it } from 'vitest';
import { Decimal, decimal } from '../../src/core/decimal.ts';
import { asset, tradeId, venueOrderId } from '../../src/core/ids.ts';
import { ACCOUNT, balanceReport, Desk, SWAP } from '../../src/core/testing/fixture.ts';
import type { VenueFill } from '../../src/core/venue/report.ts';
import { SPOT_POLICY } from '../../src/simulators/binance/spot/instruments.ts';
import { USDM_INSTRUMENTS, USDM_POLICY } from '../../src/simulators/binance/usdm/instruments.ts';
import { Exchange } from '../../src/simulators/exchange/exchange.ts';
import type { Fill } from '../../src/simulators/exchange/order.ts';
import { Random } from '../../src/simulators/exchange/random.ts';
import { entryRecord, fundingRecord } from './wire-forms.ts';
import { PLAIN_ACCOUNT } from './venue.ts';

const START_AT = Date.UTC(2026, 0, 5, 12);
const OWNER = 'trader';
const OPENING = decimal('10000');
const STEPS = 16;
/** Our average cost has more digits than money moves in at the venue, which rounds each execution's profit. */
const ROUNDING = decimal('0.00001');

/** Trades of a reckless owner, until the steps are over. */
function traded(random: Random): Exchange {
  const exchange = new Exchange({
    venue: 'binance',
    instruments: USDM_INSTRUMENTS,
    policy: { spot: SPOT_POLICY, swap: USDM_POLICY },
    seed: random.below(1_000_000),
    limits: false,
    startAt: START_AT,
  });
  exchange.registerAccount(START_AT, {
    accountId: OWNER,
    credentials: { key: 'key', secret: 'secret', passphrase: null },
    permissions: { trade: true, withdraw: false },
    balances: [{ wallet: 'swap', asset: 'USDT', amount: OPENING }],
  });
  const isHedged = random.below(2) === 0;
  exchange.setHedged(START_AT, OWNER, isHedged);
  exchange.setLeverage(START_AT, OWNER, SWAP, 20 + random.below(30));
  exchange.setMarginMode(START_AT, OWNER, SWAP, random.below(2) === 0 ? 'cross' : 'isolated');
  let price = 60_000;
  for (let step = 0; step < STEPS; step += 1) {
    const at = START_AT + step * 5_000;
    price = Math.round(price * (0.96 + random.below(80) / 1_000));
    exchange.movePrice(at, SWAP, [Decimal.fromInteger(price)], true);
    const side = random.below(2) === 0 ? 'buy' : 'sell';
    exchange.placeOrder(at + 1_000, OWNER, {
      symbol: SWAP,
      side,
      ...(isHedged ? { positionSide: side === 'buy' ? 'long' : 'short' } : {}),
      type: 'market',
      quantity: Decimal.of(BigInt(1 + random.below(900)), 3),
    });
    if (random.below(4) === 0)
      exchange.settleFunding(at + 2_000, SWAP, Decimal.of(BigInt(random.below(200) - 100), 4));
  }
  return exchange;
}

function fillReport(fill: Fill): VenueFill {
  return {
    symbol: SWAP,
    tradeId: tradeId(fill.tradeId),
    venueOrderId: venueOrderId(fill.venueOrderId),
    venueClientOrderId: null,
    side: fill.side,
    positionSide: fill.positionSide,
    sequence: Number(fill.tradeId),
    price: fill.price,
    quantity: fill.quantity,
    fee: fill.fee,
    feeAsset: asset(fill.feeAsset),
    liquidity: fill.liquidity,
    realizedPnl: fill.realizedPnl,
    executedAt: fill.at,
  };
}

/** The books of an account that was taken over before its first trade, by the venue's executions and records. */
function booksOf(exchange: Exchange): Desk {
  const desk = new Desk();
  desk.openAccount(null);
  desk.at = START_AT - 1;
  desk.records([]);
  desk.balances([balanceReport('linear_swap', 'USDT', OPENING.toString())]);
  desk.at = exchange.now();
  const fills = exchange.fills(OWNER, {}).map(fillReport);
  desk.run({ type: 'fills', accountId: ACCOUNT, symbol: SWAP, fills, cursor: 'c' });
  desk.records([
    ...exchange.funding(OWNER).map((payment) => fundingRecord(payment, PLAIN_ACCOUNT)),
    ...exchange.entries(OWNER).map((entry) => entryRecord(entry, PLAIN_ACCOUNT)),
  ]);
  return desk;
}

function realizedIn(desk: Desk): Decimal {
  let made = Decimal.zero;
  for (const { realizedPnl, fundingTotal, fees } of desk.state.positions.values())
    made = fees.reduce((sum, { amount }) => sum.subtract(amount), made.add(realizedPnl).add(fundingTotal));
  for (const { amount } of desk.state.accountResults.values()) made = made.add(amount);
  return made;
}

describe('liquidations', () => {
  const seeds = Array.from({ length: 24 }, (_, index) => index + 1);
  const worlds = seeds.map((seed) => traded(new Random(seed)));

  it('occur in the seeds, with fees and with losses that the account cannot carry', () => {
    const kinds = worlds.flatMap((exchange) => exchange.entries(OWNER).map(({ kind }) => kind));
    expect(kinds).toContain('liquidation_fee');
    expect(kinds).toContain('insurance');
  });

  it.each(seeds)('seed %i: the books realise what the balance lost', (seed) => {
    const exchange = worlds[seed - 1];
    if (exchange === undefined) throw new Error('no such world');
    const total = exchange.balances(OWNER, 'swap').find((balance) => balance.asset === 'USDT')?.total;
    const desk = booksOf(exchange);
    const lost = total?.subtract(OPENING) ?? Decimal.zero;
    expect(realizedIn(desk).subtract(lost).abs().lessThan(ROUNDING)).toBe(true);
    expect(desk.state.balances.get(`${ACCOUNT} linear_swap USDT`)?.total.toString()).toBe(total?.toString());
  });
});
