import { beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../decimal.ts';
import { Desk, NO_LIMITS, quoteAt, SWAP, SWAP_INSTRUMENT } from '../testing/fixture.ts';
import { RISK_RULES } from './refusal.ts';
import { RULES } from './review.ts';

let desk: Desk;
beforeEach(() => {
  desk = Desk.funded();
});

describe('the review', () => {
  it('runs every rule once, in the declared precedence', () => {
    expect(desk.review().rules.map(({ rule }) => rule)).toEqual([...RISK_RULES]);
    expect(Object.keys(RULES)).toEqual([...RISK_RULES]);
  });

  it('leaves on what protects from mistakes when checks are off', () => {
    const { rules } = desk.review({}, { limits: { ...NO_LIMITS, checksEnabled: false } });
    expect(rules.map(({ rule }) => rule)).toEqual([
      'kill_switch',
      'trading_state',
      'order_shape',
      'market_data',
      'instrument_filters',
      'reduce_only',
      'own_part',
      'stop_trigger',
      'available_balance',
    ]);
  });

  it('gives every refusal, the first one being the reason of the order', () => {
    desk.run({ type: 'kill_switch', engaged: true, requestedBy: 'x', why: 'y', idempotency: null });
    const { orderId, reply } = desk.place({ price: decimal('100.001'), quantity: decimal('999999') });
    expect(reply.kind === 'denied' ? reply.refusals.map(({ code }) => code) : []).toEqual([
      'kill_switch_engaged',
      'price_off_tick',
      'insufficient_balance',
    ]);
    expect(desk.order(orderId).reason?.code).toBe('kill_switch_engaged');
  });

  it('names the rule itself in each refusal', () => {
    for (const { rule, verdict } of desk.review({ quantity: decimal('0') }, { quote: null, halted: 'x' })
      .rules)
      if (verdict.refusal !== null) expect(verdict.refusal.rule).toBe(rule);
  });

  it('shows what a rule measured when it passes', () => {
    const limits = { ...NO_LIMITS, maxPositionNotional: decimal('500') };
    const measured = desk.review({}, { limits }).rules.find(({ rule }) => rule === 'position_limit');
    expect(measured?.verdict).toEqual({ refusal: null, limit: '500', actual: '100' });
  });

  it('protects a market order from the side that it takes, in whole ticks toward filling', () => {
    const mark = decimal('100.003');
    const quote = { symbol: SWAP, bid: mark, ask: mark, mark } as const;
    const figures = {
      ...quoteAt(SWAP_INSTRUMENT, mark, desk.at),
      bidQuantity: mark,
      askQuantity: mark,
      venueAt: null,
    };
    const protection = (side: 'buy' | 'sell'): string | undefined =>
      desk
        .review({ type: 'market', side }, { quote: { ...figures, ...quote } })
        .approved?.protectionPrice?.toString();
    expect(protection('buy')).toBe('102.01');
    expect(protection('sell')).toBe('98');
    expect(desk.review({ type: 'market', marketProtectionBps: 0 }).approved?.protectionPrice).toBeNull();
    expect(desk.review().approved?.protectionPrice).toBeNull();
  });
});
