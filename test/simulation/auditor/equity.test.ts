import { describe, expect, it } from 'vitest';
import { decimal, type Decimal } from '../../../src/core/decimal.ts';
import { evidenceOf, tradingVenue } from '../testing/evidence.ts';
import { OUR_ACCOUNT } from '../venue.ts';
import { START_AT } from '../virtual-time.ts';
import { AuditedRun } from './audited-run.ts';
import { equityIsTrue } from './equity.ts';

const SYMBOL = 'BTC/USDT';
const LONG_AFTER_JOINING_MS = 60_000;
const JOINED = {
  at: START_AT,
  type: 'capital_moved',
  payload: {
    cause: 'joined',
    holdings: [
      { asset: 'BTC', amount: '1', worth: '60000' },
      { asset: 'BNB', amount: '5', worth: '3000' },
    ],
  },
};

/** Somebody else on the account sells a tenth of its bitcoin, and pays the fee in the exchange's coin. */
async function soldByOthers(): Promise<{
  readonly stage: ReturnType<typeof tradingVenue>;
  readonly capital: Decimal;
}> {
  const stage = tradingVenue({
    paysInCoin: true,
    balances: [
      { wallet: 'spot', asset: 'USDT', amount: '10000' },
      { wallet: 'spot', asset: 'BTC', amount: '1' },
      { wallet: 'spot', asset: 'BNB', amount: '5' },
    ],
  });
  const { exchange } = stage.venue;
  await stage.time.runFor(LONG_AFTER_JOINING_MS);
  exchange.placeOrder(stage.time.now(), OUR_ACCOUNT, {
    symbol: SYMBOL,
    side: 'sell',
    type: 'market',
    quantity: decimal('0.1'),
  });
  await stage.time.runFor(LONG_AFTER_JOINING_MS);
  const [fill] = exchange.fills(OUR_ACCOUNT, { symbol: SYMBOL });
  if (fill?.feeAsset !== 'BNB') throw new Error('the fee was to be paid in the coin');
  // 10,000 and 1 at 60,000 and 5 at 600, less what the sale brought below the mark, less the fee.
  const capital = decimal('73000')
    .subtract(decimal('60000').subtract(fill.price).multiply(fill.quantity))
    .subtract(fill.fee.multiply(decimal('600')));
  return { stage, capital };
}

function faultsOf({ venue }: ReturnType<typeof tradingVenue>, capital: Decimal): readonly string[] {
  const shown = capital.toString();
  const run = new AuditedRun(
    evidenceOf(venue, [JOINED], {
      equity: { current: shown, low: shown, high: shown, capital: shown, uncertain: null },
    }),
  );
  equityIsTrue(run);
  return run.violations;
}

describe('capital by the auditor', () => {
  it('goes down by the fee that others pay in the coin of the exchange', async () => {
    const { stage, capital } = await soldByOthers();
    expect(faultsOf(stage, capital)).toEqual([]);
    expect(faultsOf(stage, capital.subtract(decimal('20')))).toHaveLength(1);
  });
});
