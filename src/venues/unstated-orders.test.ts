import { describe, expect, it } from 'vitest';
import { Decimal } from '../core/decimal.ts';
import { asset, instrumentSymbol, tradeId, venueOrderId } from '../core/ids.ts';
import type { VenueFill } from '../core/venue/report.ts';
import { UnstatedOrders } from './unstated-orders.ts';
import type { ReadOrder } from './unstated-orders.ts';

const BTC = instrumentSymbol('BTC/USDT:USDT');
const ORDER = venueOrderId('77');

function fill(id: string): VenueFill {
  return {
    symbol: BTC,
    tradeId: tradeId(id),
    venueOrderId: ORDER,
    venueClientOrderId: null,
    side: 'buy',
    positionSide: 'net',
    sequence: null,
    price: Decimal.parse('60000'),
    quantity: Decimal.parse('0.001'),
    fee: Decimal.parse('0.03'),
    feeAsset: asset('USDT'),
    liquidity: 'taker',
    realizedPnl: null,
    executedAt: 1,
  };
}

/** Questions are answered one by one, by hand. */
function asked() {
  const questions: PromiseWithResolvers<ReadOrder>[] = [];
  const given: string[] = [];
  const orders = new UnstatedOrders({
    read: async () => {
      const question = Promise.withResolvers<ReadOrder>();
      questions.push(question);
      return question.promise;
    },
    onRead: ({ fills }) => given.push(fills.map((one) => one.tradeId).join()),
    onFailure: (id, why) => given.push(`${id}: ${why}`),
  });
  orders.open();
  const answer = async (...ids: readonly string[]): Promise<void> => {
    questions.shift()?.resolve({ report: null, fills: ids.map(fill) });
    await new Promise(setImmediate);
  };
  return { orders, questions, given, answer };
}

describe('orders that a stream does not state whole', () => {
  it('are read by one question at a time, and once more where they changed meanwhile', async () => {
    const { orders, questions, given, answer } = asked();
    for (let change = 0; change < 3; change += 1) orders.changed(BTC, ORDER);
    expect(questions).toHaveLength(1);
    await answer('1');
    expect(questions).toHaveLength(1);
    await answer('1', '2');
    expect(questions).toHaveLength(0);
    expect(given).toEqual(['1', '2']);
  });

  it('say so where they cannot be read, and can be asked for again', async () => {
    const { orders, questions, given, answer } = asked();
    orders.changed(BTC, ORDER);
    questions.shift()?.reject(new Error('no answer'));
    await new Promise(setImmediate);
    orders.changed(BTC, ORDER);
    await answer('1');
    expect(given).toEqual(['77: no answer', '1']);
  });

  it('are silent once the stream is closed', async () => {
    const { orders, given, answer } = asked();
    orders.changed(BTC, ORDER);
    orders.close();
    await answer('1');
    expect(given).toEqual([]);
  });
});
