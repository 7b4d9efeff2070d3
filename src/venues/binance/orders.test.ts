import { describe, expect, it } from 'vitest';
import { venueClientOrderId, venueOrderId } from '../../core/ids.ts';
import { SPOT_INSTRUMENT, SWAP_INSTRUMENT } from '../../core/testing/fixture.ts';
import { isConditional, referenceTo } from './orders.ts';

describe('the reference to an order', () => {
  it.each([
    ['its conditional id', ['algo-17'], false, { algoId: '17' }],
    [
      'the id of the order that a stop became, whichever was reported first',
      ['algo-17', '4711'],
      true,
      { orderId: '4711' },
    ],
    [
      'the id of the order that a stop became, where its conditional id came later',
      ['4711', 'algo-17'],
      true,
      { orderId: '4711' },
    ],
    ['our id while there is none', [], false, { origClientOrderId: 'ours' }],
    ['our id among the conditional orders while there is none', [], true, { clientAlgoId: 'ours' }],
  ] as const)('is %s', (_name, ids, conditional, expected) => {
    const reference = {
      venueClientOrderId: venueClientOrderId('ours'),
      venueOrderIds: ids.map((id) => venueOrderId(id)),
      conditional,
    };
    const isAlgo = 'algoId' in expected || 'clientAlgoId' in expected;
    expect(isConditional('linear_swap', reference)).toBe(isAlgo);
    expect(referenceTo({ instrument: SWAP_INSTRUMENT, venueSymbol: 'BTCUSDT' }, reference)).toEqual(
      isAlgo ? expected : { symbol: 'BTCUSDT', ...expected },
    );
  });

  it('is never a conditional one on spot', () => {
    const reference = {
      venueClientOrderId: venueClientOrderId('ours'),
      venueOrderIds: [],
      conditional: true,
    };
    expect(referenceTo({ instrument: SPOT_INSTRUMENT, venueSymbol: 'BTCUSDT' }, reference)).toEqual({
      symbol: 'BTCUSDT',
      origClientOrderId: 'ours',
    });
  });
});
