import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../decimal.ts';
import type { OrderRequest } from '../order/order.ts';
import type { PositionSide } from '../order/terms.ts';
import { positionKey } from '../portfolio/keys.ts';
import { ACCOUNT, Desk, SWAP, typesOf } from '../testing/fixture.ts';
import { driftId } from './drift.ts';

let desk: Desk;
beforeEach(() => {
  desk = Desk.funded();
  desk.hedge();
});
afterEach(() => {
  desk.expectReplayEqual();
});

const LONG: Partial<OrderRequest> = { symbol: SWAP, side: 'buy', positionSide: 'long', postOnly: true };
const SHORT: Partial<OrderRequest> = { symbol: SWAP, side: 'sell', positionSide: 'short', postOnly: true };
const at = (side: PositionSide): readonly string[] | null => {
  const position = desk.state.positions.get(positionKey(ACCOUNT, SWAP, side));
  return position === undefined ? null : [position.netQuantity.toString(), position.openCost.toString()];
};
const drifts = (): readonly (readonly string[])[] =>
  [...desk.state.drift.values()].map(({ driftId: id, ours, theirs }) => [id, ours, theirs]);
const trade = (terms: Partial<OrderRequest>, quantity: string): void => {
  const order = desk.open({ ...terms, quantity: decimal(quantity) });
  desk.fill(order, `t-${order.orderId}`);
};

describe('the sides of a hedged instrument against the venue', () => {
  it('are taken over by the first reading, each with its own entry', () => {
    desk.positions([
      { positionSide: 'long', quantity: decimal('2'), entryPrice: decimal('90') },
      { positionSide: 'short', quantity: decimal('-3'), entryPrice: null, markPrice: decimal('101') },
    ]);
    expect([at('long'), at('short'), at('net')]).toEqual([['2', '180'], ['-3', '303'], null]);
    expect(drifts()).toEqual([]);
  });

  it('that agree change nothing', () => {
    desk.positions([]);
    trade(LONG, '2');
    trade(SHORT, '2');
    const reports = [
      { positionSide: 'long', quantity: decimal('2') },
      { positionSide: 'short', quantity: decimal('-2') },
      // Binance lists the net position of a hedged account with nothing in it.
      { positionSide: 'net', quantity: decimal('0') },
    ] as const;
    expect(typesOf(desk.positions(reports))).toEqual([]);
  });

  it('that differ are a case each, and the other side is left as it is', () => {
    desk.positions([]);
    trade(LONG, '2');
    trade(SHORT, '2');
    const results = desk.state.positions.get(positionKey(ACCOUNT, SWAP, 'short'));
    desk.positions([
      { positionSide: 'long', quantity: decimal('5'), entryPrice: decimal('98') },
      { positionSide: 'short', quantity: decimal('-2') },
    ]);
    expect(drifts()).toEqual([[driftId('position', ACCOUNT, `${SWAP} long`), '2', '5']]);
    expect(at('long')).toEqual(['5', '490']);
    expect(desk.state.positions.get(positionKey(ACCOUNT, SWAP, 'short'))).toBe(results);
    desk.positions([
      { positionSide: 'long', quantity: decimal('5') },
      { positionSide: 'short', quantity: decimal('-1') },
    ]);
    expect(drifts()).toEqual([
      [driftId('position', ACCOUNT, `${SWAP} long`), '2', '5'],
      [driftId('position', ACCOUNT, `${SWAP} short`), '-2', '-1'],
    ]);
  });

  it('of which one has vanished is closed with a case, without a result', () => {
    desk.positions([]);
    trade(LONG, '2');
    trade(SHORT, '2');
    desk.positions([{ positionSide: 'long', quantity: decimal('2') }]);
    expect(drifts()).toEqual([[driftId('position', ACCOUNT, `${SWAP} short`), '-2', '0']]);
    expect([at('long'), at('short')]).toEqual([
      ['2', '200'],
      ['0', '0'],
    ]);
    expect(desk.state.positions.get(positionKey(ACCOUNT, SWAP, 'short'))?.realizedPnl.toString()).toBe('0');
  });

  it('shown as one net position are taken over so: risk is measured on what the venue shows', () => {
    desk.positions([]);
    trade(LONG, '3');
    trade(SHORT, '1');
    desk.positions([{ positionSide: 'net', quantity: decimal('2') }]);
    expect(drifts()).toEqual([
      [driftId('position', ACCOUNT, SWAP), '0', '2'],
      [driftId('position', ACCOUNT, `${SWAP} long`), '3', '0'],
      [driftId('position', ACCOUNT, `${SWAP} short`), '-1', '0'],
    ]);
    expect([at('net'), at('long'), at('short')]).toEqual([
      ['2', '200'],
      ['0', '0'],
      ['0', '0'],
    ]);
  });

  it('keep the moment at which a difference was first seen', () => {
    desk.positions([]);
    desk.positions([{ positionSide: 'long', quantity: decimal('2') }]);
    const first = desk.at;
    desk.at += 1_000;
    desk.positions([{ positionSide: 'long', quantity: decimal('3') }]);
    const [only] = [...desk.state.drift.values()];
    expect(only).toMatchObject({ openedAt: first, ours: '2', theirs: '3' });
  });
});
