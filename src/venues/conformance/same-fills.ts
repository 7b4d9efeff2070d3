/** Fills as a gateway reports them, compared with the venue's own record. */
import { expect } from 'vitest';
import type { VenueFill } from '../../core/venue/report.ts';
import type { TrueFill } from './control.ts';

/** Every figure of every fill, by trade. */
export function expectSameFills(reported: readonly VenueFill[], truth: readonly TrueFill[]): void {
  const row = (id: string, orderId: string, ...figures: readonly string[]): string =>
    [orderId, id, ...figures].join(' ');
  expect(
    reported
      .map((fill) =>
        row(
          fill.tradeId,
          fill.venueOrderId,
          fill.symbol,
          fill.side,
          fill.positionSide,
          fill.price.toString(),
          fill.quantity.toString(),
          fill.fee.toString(),
          fill.feeAsset ?? '',
          fill.liquidity ?? '',
        ),
      )
      .toSorted(),
  ).toEqual(
    truth
      .map((fill) =>
        row(
          fill.trade_id,
          fill.venue_order_id,
          fill.symbol,
          fill.side,
          fill.position_side ?? 'net',
          fill.price,
          fill.quantity,
          fill.fee,
          fill.fee_asset,
          fill.liquidity,
        ),
      )
      .toSorted(),
  );
}
