/** A position as the API shows it. Quantity is positive; direction is `side`. */
import { Decimal } from '../../core/decimal.ts';
import { POSITION_SIDES } from '../../core/order/terms.ts';
import { z } from 'zod';
import { ACCOUNT_MODES, VENUES } from '../../core/ids.ts';
import { costBasis, entryPrice, realizedSinceOpened, unrealizedPnl } from '../../core/position/position.ts';
import type { PositionReading } from '../../engine/desk.ts';
import { decimalOut, isoTime, timeOut } from '../fields.ts';
import { shownAmount, shownAverage, shownDown, shownLoss, shownOrNull, shownUp } from './figures.ts';

export const positionView = z
  .object({
    exchange: z.enum(VENUES),
    account: z.string(),
    mode: z.enum(ACCOUNT_MODES),
    symbol: z.string(),
    side: z.enum(['long', 'short']),
    position_side: z
      .enum(POSITION_SIDES)
      .meta({ description: '`net` for spot and in one-way mode; in hedged mode the side itself.' }),
    quantity: decimalOut,
    contracts: decimalOut
      .nullable()
      .meta({ description: 'In the contracts of the exchange; null for spot.' }),
    entry_price: decimalOut.nullable(),
    cost_basis: decimalOut.nullable().meta({
      description:
        'The average price of what is open, adopted holdings at the price that was given for them; PnL is measured from `entry_price`.',
    }),
    mark_price: decimalOut.nullable(),
    mark_at: timeOut.nullable().meta({ description: 'When the mark was last known to be so.' }),
    notional: decimalOut.nullable().meta({ description: 'At `mark_price`.' }),
    unrealized_pnl: decimalOut.nullable().meta({ description: 'At `mark_price`, a jump at once.' }),
    realized_pnl: decimalOut.nullable().meta({
      description:
        'By closing a part of the position since it was opened, fees and funding apart; null where an earlier release has opened it, and closed others before.',
    }),
    realized_pnl_total: decimalOut.meta({
      description:
        'The same over all positions that were ever opened on the instrument, those that are closed included.',
    }),
    fees: z
      .array(z.object({ asset: z.string(), amount: decimalOut }))
      .meta({ description: 'In all, as `realized_pnl_total`.' }),
    funding: decimalOut.meta({ description: 'In all, as `realized_pnl_total`.' }),
    leverage: decimalOut.nullable(),
    margin_mode: z.enum(['cross', 'isolated']).nullable(),
    liquidation_price: decimalOut.nullable().meta({
      description:
        'Null for spot, where no price liquidates it, and where it is not known, or a position of the account has changed since `margin_at`.',
    }),
    liquidation_distance: decimalOut.nullable().meta({
      description:
        'From the mark to the liquidation price as a fraction of the mark, rounded down; 1 where no price liquidates it, null where it is not known, or a position of the account has changed since `margin_at`.',
    }),
    margin_ratio: decimalOut.nullable().meta({
      description:
        'Maintenance margin as a fraction of what stands behind it, rounded up: of an isolated position alone, in cross mode of the account. Liquidation is at 1; null where it is not known, or a position of the account has changed since `margin_at`.',
    }),
    margin_at: timeOut.nullable().meta({ description: 'When the exchange was asked for these figures.' }),
    protected_quantity: decimalOut.meta({
      description:
        'Base units that stops close which the exchange is known to have; none that is in doubt, not sent yet or being canceled.',
    }),
    updated_at: timeOut,
  })
  .meta({ id: 'Position' });

export type PositionView = z.output<typeof positionView>;

const CONTRACT_SCALE = 18;

function amountOf(amount: Decimal | null): string | null {
  return amount === null ? null : shownAmount(amount);
}

function averageOf(price: Decimal | null): string | null {
  return price === null ? null : shownAverage(price);
}

export function toPositionView(reading: PositionReading): PositionView {
  const { position, mark, markAt, instrument, venue, margin } = reading;
  const quantity = position.netQuantity.abs();
  const contracts =
    position.kind === 'linear_swap' && instrument !== null
      ? quantity.divide(instrument.contractSize, CONTRACT_SCALE, 'half_even')
      : null;
  return {
    exchange: position.venue,
    account: position.accountId,
    mode: position.mode,
    symbol: position.symbol,
    side: position.netQuantity.isNegative() ? 'short' : 'long',
    position_side: position.positionSide,
    quantity: quantity.toString(),
    contracts: contracts?.toString() ?? null,
    entry_price: averageOf(entryPrice(position)),
    cost_basis: averageOf(costBasis(position)),
    mark_price: mark?.toString() ?? null,
    mark_at: markAt === null ? null : isoTime(markAt),
    notional: mark === null ? null : shownLoss(mark.multiply(quantity)),
    unrealized_pnl: mark === null ? null : shownAmount(unrealizedPnl(position, mark)),
    realized_pnl: amountOf(realizedSinceOpened(position)),
    realized_pnl_total: shownAmount(position.realizedPnl),
    fees: position.fees.map(({ asset, amount }) => ({ asset, amount: amount.toString() })),
    funding: position.fundingTotal.toString(),
    leverage: venue?.leverage?.toString() ?? null,
    margin_mode: venue?.marginMode ?? null,
    liquidation_price:
      margin?.liquidationPrice instanceof Decimal ? margin.liquidationPrice.toString() : null,
    liquidation_distance: shownOrNull(margin?.liquidationDistance, shownDown),
    margin_ratio: shownOrNull(margin?.marginRatio, shownUp),
    margin_at: margin === null ? null : isoTime(margin.readAt),
    protected_quantity: reading.protectedQuantity.toString(),
    updated_at: isoTime(position.updatedAt),
  };
}
