import { describe, expect, it } from 'vitest';
import { decimal } from '../../../src/core/decimal.ts';
import { OUR_ACCOUNT } from '../venue.ts';
import { evidenceOf, TAG, tradingVenue } from '../testing/evidence.ts';
import { AuditedRun } from './audited-run.ts';
import { booksEqual } from './books.ts';

const SYMBOL = 'BTC/USDT';
const LONG_AFTER_MS = 60_000;

/** Buys and sells of ours at 60,000 or a little beside, one after the other. */
async function traded(...quantities: readonly string[]): Promise<ReturnType<typeof tradingVenue>> {
  const stage = tradingVenue();
  for (const [index, quantity] of quantities.entries()) {
    const signed = decimal(quantity);
    stage.venue.exchange.placeOrder(stage.time.now(), OUR_ACCOUNT, {
      symbol: SYMBOL,
      side: signed.isNegative() ? 'sell' : 'buy',
      type: 'market',
      quantity: signed.abs(),
      clientOrderId: `${TAG}${index}`,
    });
    await stage.time.runFor(1_000);
  }
  await stage.time.runFor(LONG_AFTER_MS);
  return stage;
}

/** The faults that are found where the service shows no position, and left `quantity` as dust at `price` by its journal. */
function faultsOfCut(
  { venue, time }: ReturnType<typeof tradingVenue>,
  quantity: string,
  price = '60000',
): readonly string[] {
  const cut = { reason: 'dust', quantity, price, executedAt: time.now() - 1_000 };
  const payload = { type: 'position_cut', symbol: SYMBOL, cut };
  return faultsOf(venue, [{ at: time.now(), type: 'position_cut', payload }], []);
}

function faultsOf(
  venue: ReturnType<typeof tradingVenue>['venue'],
  journal: Parameters<typeof evidenceOf>[1],
  positions: readonly string[],
): readonly string[] {
  const balances = venue.exchange
    .balances(OUR_ACCOUNT)
    .map(({ wallet, asset, total }) => ({ wallet, asset, total: total.toString() }));
  const run = new AuditedRun(
    evidenceOf(venue, journal, {
      balances,
      positions: positions.map((netQuantity) => ({
        symbol: SYMBOL,
        positionSide: 'net',
        netQuantity,
        fundingTotal: '0',
      })),
    }),
  );
  booksEqual(run);
  return run.violations;
}

describe('what the auditor takes for dust', () => {
  // The fee of the purchase is 0.00001 of it; the least order is worth 5.
  it('is the rest of a sale that is worth less than the least order', async () => {
    expect(faultsOfCut(await traded('0.01', '-0.00991'), '0.00008')).toEqual([]);
    expect(faultsOfCut(await traded('0.01', '-0.0099'), '0.00009')).toEqual([
      'I4: 0.00009 of BTC/USDT were left as dust and could be sold',
    ]);
  });

  it('is no position that nothing was sold of, little as it may be worth', async () => {
    const stage = await traded('0.0001');
    stage.venue.exchange.movePrice(stage.time.now(), SYMBOL, [decimal('45000')], true);
    await stage.time.runFor(LONG_AFTER_MS);
    expect(faultsOfCut(stage, '0.0000999', '45000')).toEqual([
      'I4: 0.0000999 of BTC/USDT were left as dust and are no rest of a sale',
    ]);
  });

  it('is measured at a price that the market had', async () => {
    expect(faultsOfCut(await traded('0.01', '-0.0099'), '0.00009', '50000')).toEqual([
      'I4: 0.00009 of BTC/USDT were left as dust at 50000, which was no mark of its time',
    ]);
  });

  it('is a position no more after a while', async () => {
    const { venue } = await traded('0.01', '-0.00991');
    expect(faultsOf(venue, [], ['0.00008'])).toEqual([
      'I4: 0.00008 of BTC/USDT cannot be sold and are a position still',
    ]);
    const { venue: other } = await traded('0.01', '-0.0099');
    expect(faultsOf(other, [], ['0.00009'])).toEqual([]);
  });
});
