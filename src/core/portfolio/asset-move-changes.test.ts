import { describe, expect, it } from 'vitest';
import { decimal } from '../decimal.ts';
import { asset } from '../ids.ts';
import { Desk, fillOf, setting, SPOT_INSTRUMENT } from '../testing/fixture.ts';
import { saleOf } from './asset-move-changes.ts';

describe('a sale by others', () => {
  it.each([
    ['a fee in its base asset', 'BTC', '0.1', '-2.1'],
    ['a rebate in its base asset', 'BTC', '-0.1', '-1.9'],
    ['a fee in its quote asset', 'USDT', '0.1', '-2'],
    ['a fee in a third asset', 'BNB', '0.1', '-2'],
  ])('with %s takes what left of the base', (_which, feeAsset, fee, amount) => {
    const order = Desk.funded().open({ side: 'sell', quantity: decimal('2') });
    const sold = { quantity: decimal('2'), fee: decimal(fee), feeAsset: asset(feeAsset) };
    const sale = saleOf(fillOf(order, 'sale', sold), setting(SPOT_INSTRUMENT));
    expect([sale.amount.toString(), sale.symbol]).toEqual([amount, order.symbol]);
  });
});
