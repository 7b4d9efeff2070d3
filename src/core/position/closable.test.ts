import { describe, expect, it } from 'vitest';
import { decimal } from '../decimal.ts';
import { balanceKey, positionKey } from '../portfolio/keys.ts';
import {
  ACCOUNT,
  balanceReport,
  Desk,
  SPOT,
  SPOT_INSTRUMENT,
  SWAP,
  SWAP_INSTRUMENT,
} from '../testing/fixture.ts';
import { closableQuantity, inOrders, MOST_CLOSING_ORDERS, quantityBeingClosed } from './closable.ts';

const sizes = (quantity: string, instrument = SWAP_INSTRUMENT): readonly string[] =>
  inOrders(decimal(quantity), instrument).map((part) => part.toString());

describe.each([
  ['spot', SPOT_INSTRUMENT],
  ['linear_swap', SWAP_INSTRUMENT],
])('inOrders of %s', (_kind, instrument) => {
  it.each([
    ['1000', ['1000']],
    ['1000.001', ['500.001', '500']],
    ['2000', ['1000', '1000']],
    ['2000.001', ['1000', '500.001', '500']],
    ['2500', ['1000', '750', '750']],
  ])('%s is no larger than the largest market order, which is the lesser', (quantity, parts) => {
    expect(instrument.maxMarketQuantity?.toString()).toBe('1000');
    expect(instrument.maxQuantity?.toString()).toBe('10000');
    expect(sizes(quantity, instrument)).toEqual(parts);
  });

  it('goes by the largest limit order where that is the lesser, or the only bound', () => {
    const maxQuantity = decimal('400');
    expect(sizes('1000', { ...instrument, maxQuantity })).toEqual(['400', '300', '300']);
    expect(sizes('1000', { ...instrument, maxQuantity, maxMarketQuantity: null })).toEqual([
      '400',
      '300',
      '300',
    ]);
    expect(sizes('123456', { ...instrument, maxQuantity: null, maxMarketQuantity: null })).toEqual([
      '123456',
    ]);
  });

  it('is rounded down to the lot where the bound is off it', () => {
    expect(sizes('3', { ...instrument, maxMarketQuantity: decimal('2.0009') })).toEqual(['1.5', '1.5']);
    expect(sizes('4.001', { ...instrument, maxMarketQuantity: decimal('2.0009') })).toEqual([
      '2',
      '1.001',
      '1',
    ]);
  });

  // The least order is 1, the largest 1.5.
  it.each([
    ['0.999', []],
    ['1', ['1']],
    ['1.5', ['1.5']],
    ['1.501', ['1.5']],
    ['1.8', ['1.5']],
    ['1.999', ['1.5']],
    ['2', ['1', '1']],
    ['2.001', ['1.001', '1']],
    ['2.9', ['1.45', '1.45']],
    ['3.1', ['1.1', '1', '1']],
    ['4', ['1.5', '1.25', '1.25']],
  ])(
    '%s is in orders that are none too small where two of the least are more than the largest',
    (quantity, parts) => {
      const bounds = { minQuantity: decimal('1'), maxMarketQuantity: decimal('1.5') };
      expect(sizes(quantity, { ...instrument, ...bounds })).toEqual(parts);
    },
  );

  it('has none where the largest order is less than the least or than a lot', () => {
    const minQuantity = decimal('1');
    expect(sizes('5', { ...instrument, minQuantity, maxMarketQuantity: decimal('0.9') })).toEqual([]);
    expect(sizes('5', { ...instrument, maxMarketQuantity: decimal('0.0009') })).toEqual([]);
  });

  it('takes no more orders than the bound, and none below the least order', () => {
    expect(sizes('19000', instrument).length).toBe(19);
    expect(sizes('20000', instrument).length).toBe(MOST_CLOSING_ORDERS);
    expect(sizes('50000', instrument)).toEqual(Array<string>(MOST_CLOSING_ORDERS).fill('1000'));
    expect(sizes('0.0001', instrument)).toEqual([]);
    expect(sizes('0', instrument)).toEqual([]);
  });
});

describe.each([SPOT, SWAP])('what closes %s already', (symbol) => {
  it('is on its way until it is unprovable, which nobody waits for', () => {
    const desk = Desk.funded('1000000', '0');
    desk.hold(symbol, '2');
    const lost = desk.submitting({
      symbol,
      type: 'market',
      side: 'sell',
      quantity: decimal('2'),
      reduceOnly: symbol === SWAP,
    });
    desk.outcome(lost, { kind: 'unknown', detail: 'timeout' });
    const closing = (): string => {
      const [position] = desk.state.positions.values();
      return position === undefined ? 'none' : quantityBeingClosed(desk.state, position).toString();
    };
    expect(closing()).toBe('2');
    desk.at += 4 * 86_400_000;
    desk.lookUp(lost, { kind: 'absent', venueTime: desk.at, fills: [] });
    expect([...desk.state.drift.values()].map(({ kind }) => kind)).toEqual(['unprovable_order']);
    expect(closing()).toBe('0');
    const again = {
      symbol,
      type: 'market',
      side: 'sell',
      quantity: decimal('2'),
      reduceOnly: symbol === SWAP,
    } as const;
    expect(desk.review({ ...again, getsOut: true }).refusals).toEqual([]);
    // One that is no way out is held to what the other reserves.
    expect(desk.review(again).refusals.map(({ code }) => code)).toEqual(
      symbol === SPOT ? ['insufficient_balance'] : [],
    );
    desk.place({ ...again, getsOut: true });
    expect(desk.review({ ...again, getsOut: true }).refusals.map(({ code }) => code)).toEqual(
      symbol === SPOT ? ['insufficient_balance'] : [],
    );
  });
});

it('what closes a position already is each order that trades at once, and no stop that would', () => {
  const desk = Desk.funded('1000000', '10');
  desk.hold(SPOT, '2');
  const [position] = desk.state.positions.values();
  if (position === undefined) throw new Error('the position is missing');
  const sale = { side: 'sell', quantity: decimal('0.5') } as const;
  const closing = () => quantityBeingClosed(desk.state, position).toString();
  desk.submitting({ ...sale, price: decimal('120') });
  const stop = { type: 'stop_limit', stopPrice: decimal('90'), price: decimal('89') } as const;
  desk.submitting({ ...sale, ...stop, timeInForce: 'IOC' });
  expect(closing()).toBe('0');
  desk.submitting({ ...sale, price: decimal('99'), timeInForce: 'IOC' });
  expect(closing()).toBe('0.5');
  desk.submitting({ ...sale, type: 'market', price: null });
  expect(closing()).toBe('1');
});

describe('of a spot position', () => {
  it('what others have locked cannot be closed; its own sales can be canceled first', () => {
    const desk = Desk.funded('1000000', '0');
    desk.hold(SPOT, '2');
    const closable = (): string => {
      const position = desk.state.positions.get(positionKey(ACCOUNT, SPOT, 'net'));
      return position === undefined ? 'none' : closableQuantity(desk.state, position).toString();
    };
    const read = (free: string): void => {
      const others = [...desk.state.balances.values()].filter(
        ({ wallet, asset }) => wallet !== 'spot' || asset !== 'BTC',
      );
      desk.balances([
        ...others.map(({ wallet, asset, total }) => balanceReport(wallet, asset, total.toString())),
        balanceReport('spot', 'BTC', '2', { free: decimal(free) }),
      ]);
    };
    expect(closable()).toBe('2');
    read('1.5');
    expect(closable()).toBe('1.5');
    desk.open({ side: 'sell', quantity: decimal('1'), price: decimal('110') });
    read('0.5');
    expect(closable()).toBe('1.5');
    read('0');
    expect(closable()).toBe('1');
  });

  it('no more can be closed than the wallet holds, nor than the position is', () => {
    const desk = Desk.funded('1000000', '3');
    desk.hold(SPOT, '2');
    const position = desk.state.positions.get(positionKey(ACCOUNT, SPOT, 'net'));
    if (position === undefined) throw new RangeError('there is no position');
    expect(closableQuantity(desk.state, position).toString()).toBe('2');
    const key = balanceKey(ACCOUNT, 'spot', position.base);
    const balance = desk.state.balances.get(key);
    if (balance === undefined) throw new RangeError('there is no balance');
    desk.state.balances.set(key, { ...balance, total: decimal('0.5') });
    expect(closableQuantity(desk.state, position).toString()).toBe('0.5');
    desk.state.balances.delete(key);
    expect(closableQuantity(desk.state, position).toString()).toBe('0');
  });
});
