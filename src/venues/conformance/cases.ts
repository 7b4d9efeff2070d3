/** The shared part of the conformance suite's files: where their cases run, how they open accounts, and how they compare. */
import { expect } from 'vitest';
import { Decimal } from '../../core/decimal.ts';
import type { InstrumentKind } from '../../core/instrument.ts';
import type { KindCapabilities } from '../../core/venue/capabilities.ts';
import type { PositionReport } from '../../core/venue/report.ts';
import type { GatewayOptions } from '../connection.ts';
import type { ReadAnswer } from '../gateway.ts';
import type { TrueAccount } from './control.ts';
import type { VenueUnderTest } from './venue-under-test.ts';
import type { ConformanceVenue, GatewayFixture } from './world.ts';

export interface CaseWorld {
  readonly underTest: VenueUnderTest;
  readonly kind: InstrumentKind;
  readonly capabilities: KindCapabilities;
  /** There from the first `beforeAll` on. */
  readonly venue: () => ConformanceVenue;
  /** An account of its own with a started gateway, stopped after the case; `prepare` sees the account before. */
  readonly fixture: (
    overrides?: Partial<GatewayOptions>,
    prepare?: (account: TrueAccount) => Promise<void>,
  ) => Promise<GatewayFixture>;
  /** The same at a venue of its own that enforces its rate limits. */
  readonly limited: (overrides: Partial<GatewayOptions>) => Promise<GatewayFixture>;
  /** The same for an account that has a gateway already, as a restart finds it. */
  readonly reopened: (former: GatewayFixture) => Promise<GatewayFixture>;
}

export const START_PRICE = '60000';

/** So far ahead of a venue's clock that it refuses a request, also one that is signed with a time before its own: milliseconds. */
export function beyondAheadMs({ signedTimeAheadMs }: KindCapabilities): number {
  return 3 * (signedTimeAheadMs + 15_000);
}

/** The value of a read that must have one. */
export function ok<Value>(answer: ReadAnswer<Value>): Value {
  if (answer.kind === 'failed') expect.fail(answer.detail);
  return answer.value;
}

/** The positions that are not flat. */
export async function openPositions(one: GatewayFixture): Promise<readonly PositionReport[]> {
  return ok(await one.gateway.positions()).filter((position) => !position.quantity.isZero());
}

/** An amount as far as venues show it. */
export function inCents(amount: Decimal): string {
  return amount.roundToMultipleOf(Decimal.parse('0.01'), 'down').toString();
}

/** Each price above the one before. */
export function expectRising(prices: readonly Decimal[]): void {
  for (const [index, price] of prices.entries()) {
    const before = prices[index - 1];
    if (before !== undefined) expect(before.lessThan(price)).toBe(true);
  }
}
