import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../decimal.ts';
import { asset, venueClientOrderId, venueOrderId } from '../ids.ts';
import { heldOf } from '../balance/available.ts';
import type { Order, OrderRequest } from '../order/order.ts';
import type { PositionSide } from '../order/terms.ts';
import { balanceKey, positionKey } from '../portfolio/keys.ts';
import { realizedToday, tradingResult } from '../risk/equity.ts';
import { exactly } from '../risk/valuation.ts';
import {
  accountRecord,
  accepted,
  ACCOUNT,
  Desk,
  fillOf,
  reportOf,
  START,
  SWAP,
  typesOf,
} from '../testing/fixture.ts';
import type { AccountRecord } from '../venue/account-record.ts';
import type { VenueFill } from '../venue/report.ts';
import { entryPrice, unrealizedPnl, type Position } from './position.ts';

const USDT = asset('USDT');
let desk: Desk;
beforeEach(() => {
  desk = Desk.funded();
  desk.hedge();
});
afterEach(() => {
  desk.expectReplayEqual();
});

/** Post-only, so that the two sides may rest at the same price. */
type Terms = Partial<OrderRequest>;
const OPEN_LONG: Terms = { symbol: SWAP, side: 'buy', positionSide: 'long', postOnly: true };
const CLOSE_LONG: Terms = { symbol: SWAP, side: 'sell', positionSide: 'long', postOnly: true };
const OPEN_SHORT: Terms = { symbol: SWAP, side: 'sell', positionSide: 'short', postOnly: true };
const CLOSE_SHORT: Terms = { symbol: SWAP, side: 'buy', positionSide: 'short', postOnly: true };

function positionOf(side: PositionSide): Position {
  const position = desk.state.positions.get(positionKey(ACCOUNT, SWAP, side));
  if (position === undefined) throw new RangeError(`no ${side} position`);
  return position;
}

/** Quantity, cost and what was realised of a side; null where there never was one. */
function figures(side: PositionSide): readonly string[] | null {
  const position = desk.state.positions.get(positionKey(ACCOUNT, SWAP, side));
  return position === undefined
    ? null
    : [position.netQuantity, position.openCost, position.realizedPnl].map(String);
}

const cash = (): string =>
  desk.state.balances.get(balanceKey(ACCOUNT, 'linear_swap', USDT))?.total.toString() ?? '';

let traded = 0;
/** An order of these terms, executed in full at its limit. */
function trade(terms: Terms, quantity: string, price = '100', fill: Partial<VenueFill> = {}): Order {
  const order = desk.open({ ...terms, quantity: decimal(quantity), price: decimal(price) });
  traded += 1;
  desk.fill(order, `n${traded}`, fill);
  desk.expectStatus(order.orderId, 'filled');
  return order;
}

const fund = (given: Partial<AccountRecord>): ReturnType<Desk['run']> =>
  desk.records([accountRecord({ amount: decimal('-2'), ...given })]);

describe('a long and a short position side by side', () => {
  it('are opened, held and closed each for itself', () => {
    trade(OPEN_LONG, '3', '100');
    trade(OPEN_SHORT, '2', '110');
    expect(figures('long')).toEqual(['3', '300', '0']);
    expect(figures('short')).toEqual(['-2', '220', '0']);
    expect(figures('net')).toBeNull();
    expect(entryPrice(positionOf('short'))?.toString()).toBe('110');
    trade(CLOSE_LONG, '3', '105');
    expect(figures('long')).toEqual(['0', '0', '15']);
    expect(figures('short')).toEqual(['-2', '220', '0']);
    trade(CLOSE_SHORT, '1', '104');
    expect(figures('short')).toEqual(['-1', '110', '6']);
    expect(cash()).toBe('1000021');
  });

  it('have their own open results and fees, and one sum', () => {
    trade(OPEN_LONG, '3', '100', { fee: decimal('0.3'), feeAsset: USDT });
    trade(OPEN_SHORT, '2', '100', { fee: decimal('0.2'), feeAsset: USDT });
    expect(unrealizedPnl(positionOf('long'), decimal('90')).toString()).toBe('-30');
    expect(unrealizedPnl(positionOf('short'), decimal('90')).toString()).toBe('20');
    expect(positionOf('long').fees).toEqual([{ asset: USDT, amount: decimal('0.3') }]);
    expect(positionOf('short').fees).toEqual([{ asset: USDT, amount: decimal('0.2') }]);
    const result = tradingResult(
      desk.state,
      { priceOf: (key) => (key === `${ACCOUNT} ${SWAP}` ? exactly(decimal('90')) : null) },
      () => true,
    );
    expect([result.realized.low.toString(), result.unrealized.low.toString()]).toEqual(['-0.5', '-10']);
  });

  it('take the fills of their own orders, whatever side an execution is listed under', () => {
    const order = desk.open({ ...OPEN_SHORT, quantity: decimal('2') });
    trade(OPEN_LONG, '5');
    desk.fill(order, 'net', { positionSide: 'net' });
    expect(figures('short')).toEqual(['-2', '200', '0']);
    expect(figures('long')).toEqual(['5', '500', '0']);
    expect(figures('net')).toBeNull();
  });

  it('take a fill before its acknowledgement, one after a cancel, and each once', () => {
    const early = desk.submitting({ ...OPEN_SHORT, quantity: decimal('2') });
    trade(OPEN_LONG, '1');
    desk.fill(early, 'early', { quantity: decimal('1') });
    desk.outcome(early, accepted(early));
    desk.report(early, { status: 'canceled', filledQuantity: decimal('1') });
    desk.fill(early, 'early', { quantity: decimal('1') });
    desk.fill(early, 'late', { quantity: decimal('0.5') });
    desk.fill(early, 'late', { quantity: decimal('0.5') });
    expect(figures('short')).toEqual(['-1.5', '150', '0']);
    expect(figures('long')).toEqual(['1', '100', '0']);
  });

  it('come to the same quantities and money in whatever order executions arrive', () => {
    const terms = [
      [OPEN_LONG, '3', '100'],
      [OPEN_SHORT, '2', '103'],
      [CLOSE_LONG, '1', '107'],
      [CLOSE_SHORT, '2', '101'],
      [OPEN_LONG, '1', '95'],
    ] as const;
    fc.assert(
      fc.property(fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5 }), (arrival) => {
        desk = Desk.funded();
        desk.hedge();
        desk.positions([
          { positionSide: 'long', quantity: decimal('5') },
          { positionSide: 'short', quantity: decimal('-5') },
        ]);
        const orders = terms.map(([asked, quantity, price]) =>
          desk.open({ ...asked, quantity: decimal(quantity), price: decimal(price) }),
        );
        for (const index of arrival) {
          const order = orders[index];
          if (order !== undefined) desk.fill(order, `t${index}`);
        }
        const [long, short] = [positionOf('long'), positionOf('short')];
        expect([long.netQuantity.toString(), short.netQuantity.toString()]).toEqual(['8', '-5']);
        // Results at one mark count what was paid and received, not the order of it.
        const made = [long, short].map((side) => side.realizedPnl.add(unrealizedPnl(side, decimal('100'))));
        for (const [index, expected] of ['12', '4'].entries())
          expect(made[index]?.subtract(decimal(expected)).abs().lessThan(decimal('1e-15'))).toBe(true);
        desk.expectReplayEqual();
      }),
      { numRuns: 30 },
    );
  });

  it('never net: an execution of both sides at once leaves both', () => {
    trade(OPEN_LONG, '2');
    trade(OPEN_SHORT, '2');
    expect(figures('long')).toEqual(['2', '200', '0']);
    expect(figures('short')).toEqual(['-2', '200', '0']);
    expect(cash()).toBe('1000000');
  });

  it('take executions of others by the side that the venue names', () => {
    trade(OPEN_LONG, '2');
    const other = { venueOrderId: venueOrderId('x'), venueClientOrderId: venueClientOrderId('x') };
    const [someone] = [desk.open({ ...OPEN_SHORT })];
    desk.fills([
      fillOf(someone, 'x1', { ...other, quantity: decimal('4'), price: decimal('101') }),
      fillOf(someone, 'x2', { ...other, positionSide: 'long', side: 'sell', quantity: decimal('1') }),
    ]);
    expect(figures('short')).toEqual(['-4', '404', '0']);
    expect(figures('long')).toEqual(['1', '100', '0']);
    expect([...desk.state.drift.values()].map(({ kind }) => kind)).toEqual(['external_fill']);
  });

  it('begin their days each by its own first change', () => {
    trade(OPEN_LONG, '2');
    trade(OPEN_SHORT, '2');
    trade(CLOSE_LONG, '1', '110');
    desk.at = START + 86_400_000;
    trade(CLOSE_LONG, '1', '103');
    const valuation = { priceOf: () => null };
    expect(realizedToday(desk.state, ACCOUNT, desk.at, valuation)?.toString()).toBe('3');
    trade(CLOSE_SHORT, '2', '102');
    expect(realizedToday(desk.state, ACCOUNT, desk.at, valuation)?.toString()).toBe('-1');
    expect(desk.state.dayStarts.get(positionKey(ACCOUNT, SWAP, 'long'))?.realizedPnl.toString()).toBe('10');
    expect(desk.state.dayStarts.get(positionKey(ACCOUNT, SWAP, 'short'))?.realizedPnl.toString()).toBe('0');
  });

  it('hold margin for what opens and none for what closes', () => {
    desk.open({ ...OPEN_LONG, quantity: decimal('2') });
    desk.open({ ...OPEN_SHORT, quantity: decimal('1') });
    expect(heldOf(desk.state, ACCOUNT, 'linear_swap', USDT, null).toString()).toBe('300.3');
    trade(OPEN_LONG, '1');
    desk.open({ ...CLOSE_LONG, quantity: decimal('1') });
    expect(heldOf(desk.state, ACCOUNT, 'linear_swap', USDT, null).toString()).toBe('300.3');
  });

  it('are approved to be closed without any quote, on the entry price of the side that is closed', () => {
    trade(OPEN_LONG, '1', '90');
    trade(OPEN_SHORT, '1', '110');
    const { orderId } = desk.place({ ...CLOSE_SHORT, quantity: decimal('1') }, { quote: null });
    expect(desk.order(orderId).approval).toMatchObject({ mark: decimal('110'), reducing: true });
  });
});

describe('funding of a hedged account', () => {
  const fundingOf = (side: PositionSide): string | undefined =>
    desk.state.positions.get(positionKey(ACCOUNT, SWAP, side))?.fundingTotal.toString();

  it('goes to the side that it names, once', () => {
    trade(OPEN_LONG, '1');
    trade(OPEN_SHORT, '1');
    expect(typesOf(fund({ positionSide: 'short' }))).toContain('account_record_booked');
    expect(typesOf(fund({ positionSide: 'short' }))).toEqual([]);
    expect([fundingOf('long'), fundingOf('short'), fundingOf('net')]).toEqual(['0', '-2', undefined]);
    expect(cash()).toBe('999998');
  });

  it('without a side goes to the only one that is open', () => {
    trade(OPEN_LONG, '1');
    trade(OPEN_SHORT, '1');
    trade(CLOSE_LONG, '1');
    fund({});
    expect([fundingOf('long'), fundingOf('short'), fundingOf('net')]).toEqual(['0', '-2', undefined]);
  });

  it('without a side goes to the instrument while both are open, or none is', () => {
    trade(OPEN_LONG, '1');
    trade(OPEN_SHORT, '1');
    fund({});
    expect([fundingOf('long'), fundingOf('short'), fundingOf('net')]).toEqual(['0', '0', '-2']);
    trade(CLOSE_LONG, '1');
    trade(CLOSE_SHORT, '1');
    fund({ recordId: 'f2', amount: decimal('-1') });
    expect([fundingOf('long'), fundingOf('short'), fundingOf('net')]).toEqual(['0', '0', '-3']);
    expect(figures('net')).toEqual(['0', '0', '0']);
    expect(cash()).toBe('999997');
    const valuation = { priceOf: () => null };
    expect(tradingResult(desk.state, valuation, () => true).realized.low.toString()).toBe('-3');
    expect(realizedToday(desk.state, ACCOUNT, desk.at, valuation)?.toString()).toBe('-3');
  });

  it('of an instrument that was never traded moves the balance alone', () => {
    fund({ positionSide: 'long' });
    fund({ recordId: 'f2' });
    expect(desk.state.positions.size).toBe(0);
    expect(cash()).toBe('999996');
  });
});

describe('the position mode', () => {
  const mode = (positionMode: 'one_way' | 'hedged'): ReturnType<Desk['run']> =>
    desk.run({ type: 'position_mode', accountId: ACCOUNT, positionMode });

  it('is journaled when it changes, and only then', () => {
    expect(typesOf(mode('hedged'))).toEqual([]);
    expect(mode('one_way').events).toEqual([
      { type: 'position_mode_seen', accountId: ACCOUNT, positionMode: 'one_way' },
    ]);
    expect(typesOf(mode('one_way'))).toEqual([]);
  });

  it('that changes leaves positions, results and orders in flight where they are', () => {
    const order = desk.open({ ...OPEN_LONG, quantity: decimal('2') });
    trade(OPEN_SHORT, '1');
    trade(CLOSE_SHORT, '1', '90');
    mode('one_way');
    desk.fill(order, 'late');
    expect(figures('long')).toEqual(['2', '200', '0']);
    expect(figures('short')).toEqual(['0', '0', '10']);
    trade({ symbol: SWAP, side: 'sell' }, '3');
    expect(figures('net')).toEqual(['-3', '300', '0']);
    fund({});
    expect(positionOf('long').fundingTotal.toString()).toBe('-2');
    mode('hedged');
    trade(OPEN_SHORT, '4');
    expect(figures('net')).toEqual(['-3', '300', '0']);
    expect(figures('short')).toEqual(['-4', '400', '10']);
  });

  it('of one-way trading has funding go to the net position, though there were sides before', () => {
    trade(OPEN_LONG, '2');
    trade(CLOSE_LONG, '2');
    mode('one_way');
    trade({ symbol: SWAP, side: 'sell' }, '3');
    fund({});
    expect(positionOf('net').fundingTotal.toString()).toBe('-2');
    expect(positionOf('long').fundingTotal.toString()).toBe('0');
  });

  it('is set by the answer to a request, and not by one that proves nothing', () => {
    const change = { setting: 'position_mode', positionMode: 'one_way' } as const;
    const asked = (outcome: 'set' | 'unknown'): void => {
      desk.run({
        type: 'request_setting',
        accountId: ACCOUNT,
        change,
        former: 'hedged',
        limits: { checksEnabled: true, maxLeverage: null },
        requestedBy: 'tests',
        why: '',
      });
      desk.run({
        type: 'setting_answered',
        accountId: ACCOUNT,
        change,
        outcome,
        shown: null,
        venueRefusal: null,
        detail: '',
      });
    };
    asked('unknown');
    expect(desk.state.accounts.get(ACCOUNT)?.positionMode).toBe('hedged');
    asked('set');
    expect(desk.state.accounts.get(ACCOUNT)?.positionMode).toBe('one_way');
  });

  it('is not known of a simulator that began anew, and its sides are gone', () => {
    desk.openAccount('one');
    desk.hedge();
    trade(OPEN_LONG, '2');
    trade(OPEN_SHORT, '2');
    desk.openAccount('two');
    expect(desk.state.accounts.get(ACCOUNT)?.positionMode).toBeNull();
    expect(desk.state.positions.size).toBe(0);
    expect(desk.state.dayStarts.size).toBe(0);
  });
});

describe('orders of a hedged account', () => {
  it('that ended and are recalled book into their side', () => {
    const order = desk.open({ ...OPEN_SHORT, quantity: decimal('2') });
    desk.report(order, { status: 'canceled' });
    const stored = desk.order(order.orderId);
    desk.force({ type: 'orders_evicted', orderIds: [order.orderId], externalFillsBefore: 0 });
    desk.run({ type: 'recall', order: stored });
    desk.fill(stored, 'late', { quantity: decimal('1') });
    expect(figures('short')).toEqual(['-1', '100', '0']);
  });

  it('whose side the venue reports otherwise keep their own', () => {
    const order = desk.open({ ...OPEN_SHORT });
    desk.run({ type: 'order_report', accountId: ACCOUNT, report: reportOf(order, { positionSide: null }) });
    expect(desk.order(order.orderId).positionSide).toBe('short');
  });
});
