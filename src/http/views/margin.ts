/** How near accounts and positions are to liquidation, as the API shows it. */
import { z } from 'zod';
import { Decimal } from '../../core/decimal.ts';
import { ACCOUNT_MODES } from '../../core/ids.ts';
import { POSITION_SIDES } from '../../core/order/terms.ts';
import { MARGIN_ALARM_KINDS, type StandingMarginAlarm } from '../../core/risk/liquidation.ts';
import type { MarginOfAccount } from '../../engine/desk.ts';
import { decimalOut, isoTime, timeOut } from '../fields.ts';
import { WALLET_NAMES, WALLET_VIEWS } from './balance.ts';
import { shownAmount, shownDown, shownLoss, shownOrNull, shownUp } from './figures.ts';

export const marginView = z
  .object({
    account: z.string(),
    mode: z.enum(ACCOUNT_MODES),
    at: timeOut
      .nullable()
      .meta({ description: 'When the exchange was asked; null before its first answer.' }),
    wallets: z.array(
      z.object({
        wallet: z.enum(WALLET_VIEWS),
        maintenance_margin: decimalOut.nullable(),
        margin_balance: decimalOut.nullable(),
        margin_ratio: decimalOut.nullable(),
      }),
    ),
    positions: z.array(
      z.object({
        symbol: z.string(),
        position_side: z.enum(POSITION_SIDES),
        margin_ratio: decimalOut.nullable(),
        liquidation_price: decimalOut.nullable(),
        liquidation_distance: decimalOut.nullable(),
      }),
    ),
  })
  .meta({
    id: 'AccountMargin',
    description:
      'What the exchange says of an account with an open swap position. Wallets are of cross positions; a figure that is null is not known.',
  });

export const marginAlarmView = z
  .object({
    account: z.string(),
    mode: z.enum(ACCOUNT_MODES),
    alarm: z.enum(MARGIN_ALARM_KINDS),
    wallet: z.enum(WALLET_VIEWS).nullable(),
    symbol: z.string().nullable(),
    position_side: z.enum(POSITION_SIDES).nullable(),
    threshold: decimalOut.nullable(),
    actual: decimalOut.nullable(),
    since: timeOut,
  })
  .meta({
    id: 'MarginAlarm',
    description: 'An account or position that is near liquidation, or of which that is not known.',
  });

export function toMarginView({ accountId, mode, actual }: MarginOfAccount): z.output<typeof marginView> {
  return {
    account: accountId,
    mode,
    at: actual === null ? null : isoTime(actual.readAt),
    wallets: (actual?.wallets ?? []).map(({ wallet, maintenanceMargin, marginBalance, marginRatio }) => ({
      wallet: WALLET_NAMES[wallet],
      maintenance_margin: shownOrNull(maintenanceMargin, shownLoss),
      margin_balance: shownOrNull(marginBalance, shownAmount),
      margin_ratio: shownOrNull(marginRatio, shownUp),
    })),
    positions: (actual?.positions ?? []).map((position) => ({
      symbol: position.symbol,
      position_side: position.positionSide,
      margin_ratio: shownOrNull(position.marginRatio, shownUp),
      liquidation_price:
        position.liquidationPrice instanceof Decimal ? position.liquidationPrice.toString() : null,
      liquidation_distance: shownOrNull(position.liquidationDistance, shownDown),
    })),
  };
}

export function toMarginAlarmView(alarm: StandingMarginAlarm): z.output<typeof marginAlarmView> {
  return {
    account: alarm.accountId,
    mode: alarm.mode,
    alarm: alarm.kind,
    wallet: alarm.wallet === null ? null : WALLET_NAMES[alarm.wallet],
    symbol: alarm.symbol,
    position_side: alarm.positionSide,
    threshold: alarm.threshold?.toString() ?? null,
    actual: shownOrNull(alarm.actual, alarm.kind === 'liquidation_distance' ? shownDown : shownUp),
    since: isoTime(alarm.since),
  };
}
