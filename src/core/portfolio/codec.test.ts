import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Decimal } from '../decimal.ts';
import {
  accountId,
  asset,
  instrumentSymbol,
  orderId,
  tradeId,
  venueClientOrderId,
  venueOrderId,
} from '../ids.ts';
import type { JsonObject } from '../json.ts';
import {
  accountBooks,
  balance,
  drift,
  EVENTS,
  fill,
  order,
  parkedFill,
  position,
} from '../testing/arbitrary-records.ts';
import type { VenueFill } from '../venue/report.ts';
import { decodeEvent, decodeFill, decodeOrder, decodeSnapshot, encode, encodeEvent } from './codec.ts';
import type { PortfolioEvent, PortfolioEventType } from './events.ts';
import { snapshotOf } from './snapshot.ts';
import type { SnapshotRecord } from './snapshot-record.ts';
import { initialState } from './state.ts';

const throughText = (document: JsonObject): JsonObject => JSON.parse(JSON.stringify(document)) as JsonObject;
const RUNS = { numRuns: 40 };

describe('the codec', () => {
  it.each(Object.keys(EVENTS) as PortfolioEventType[])('gives a %s event back as it was', (type) => {
    const events = EVENTS[type] as fc.Arbitrary<object>;
    fc.assert(
      fc.property(events, (payload) => {
        const event = { type, ...payload } as PortfolioEvent;
        const encoded = encodeEvent(event);
        expect(Object.keys(encoded)).not.toContain('type');
        expect(decodeEvent(type, throughText(encoded))).toStrictEqual(event);
      }),
      RUNS,
    );
  });

  it('refuses records that a newer release wrote', () => {
    expect(() => decodeEvent('order_teleported', {})).toThrow(
      'does not know records of type order_teleported',
    );
  });

  it('gives orders and executions back as they were', () => {
    fc.assert(
      fc.property(order, fill, (anOrder, aFill) => {
        expect(decodeOrder(throughText(encode(anOrder)))).toStrictEqual(anOrder);
        expect(decodeFill(throughText(encode(aFill)))).toStrictEqual(aFill);
      }),
      RUNS,
    );
  });

  it('gives what a snapshot holds back as it was', () => {
    const some = <Value>(of: fc.Arbitrary<Value>): fc.Arbitrary<readonly Value[]> =>
      fc.array(of, { maxLength: 3 });
    const lists = fc.tuple(
      some(accountBooks),
      some(order),
      some(position),
      some(balance),
      some(parkedFill),
      some(drift),
    );
    fc.assert(
      fc.property(lists, ([accounts, orders, positions, balances, parkedFills, cases]) => {
        const snapshot: SnapshotRecord = {
          ...snapshotOf(initialState()),
          accounts,
          orders,
          positions,
          balances,
          parkedFills,
          drift: cases,
        };
        expect(decodeSnapshot(throughText(encode(snapshot)))).toStrictEqual(snapshot);
      }),
      { numRuns: 150 },
    );
  });

  it('writes figures in full and never as floats', () => {
    const event = {
      type: 'equity_observed',
      equity: Decimal.parse('0.10000000000000000001'),
    } as PortfolioEvent;
    expect(JSON.stringify(encodeEvent(event))).toBe('{"equity":"0.10000000000000000001"}');
  });

  it('writes the same text as ever for the same event', () => {
    const executed: VenueFill = {
      symbol: instrumentSymbol('BTC/USDT'),
      tradeId: tradeId('9'),
      venueOrderId: venueOrderId('7'),
      venueClientOrderId: venueClientOrderId('plm1'),
      side: 'buy',
      positionSide: 'net',
      sequence: 9,
      price: Decimal.parse('60000.1200'),
      quantity: Decimal.parse('0.00100000'),
      fee: Decimal.parse('1e-8'),
      feeAsset: asset('BNB'),
      liquidity: 'taker',
      realizedPnl: null,
      executedAt: 1_767_614_400_000,
    };
    const booked: PortfolioEvent = {
      type: 'fill_booked',
      orderId: orderId('ord_1'),
      accountId: accountId('acc_1'),
      fill: executed,
      positionPnl: Decimal.parse('-12345678901234567890.123456789'),
    };
    expect(JSON.stringify(encodeEvent(booked))).toBe(
      '{"orderId":"ord_1","accountId":"acc_1","fill":{"symbol":"BTC/USDT","tradeId":"9","venueOrderId":"7",' +
        '"venueClientOrderId":"plm1","side":"buy","price":"60000.12","quantity":"0.001","fee":"0.00000001",' +
        '"feeAsset":"BNB","liquidity":"taker","realizedPnl":null,"executedAt":1767614400000},' +
        '"positionPnl":"-12345678901234567890.123456789"}',
    );
    const observed = {
      type: 'equity_observed',
      equity: Decimal.parse('9007199254740993'),
      capital: Decimal.parse('-0.0'),
      reasonOfReading: 'reset',
      ladder: null,
      realized: undefined,
      unrealized: Decimal.parse('100'),
    } as unknown as PortfolioEvent;
    expect(JSON.stringify(encodeEvent(observed))).toBe(
      '{"equity":"9007199254740993","capital":"0","reasonOfReading":"reset","ladder":null,"unrealized":"100"}',
    );
    expect(Object.keys(encodeEvent(observed))).not.toContain('realized');
    const evicted: PortfolioEvent = {
      type: 'orders_evicted',
      orderIds: [orderId('ord_2'), orderId('ord_1')],
      externalFillsBefore: 0,
    };
    expect(JSON.stringify(encodeEvent(evicted))).toBe(
      '{"orderIds":["ord_2","ord_1"],"externalFillsBefore":0}',
    );
    expect(booked.fill.price).toBeInstanceOf(Decimal);
  });
});
