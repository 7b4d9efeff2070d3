/**
 * How near an account and its positions are to liquidation, by their venue's own figures.
 *
 * Entry points: `accountMargin` measures a reading, `currentMargin` as far as it is still of the positions that are open;
 * `marginAlarms` lists what is to be shown. Pure. A figure that the venue has not given is null and stays unknown; a ratio is
 * rounded up and a distance down.
 */
import { decimal, Decimal } from '../decimal.ts';
import type { Wallet } from '../balance/wallet.ts';
import type { AccountId, AccountMode, InstrumentSymbol, TimeMs } from '../ids.ts';
import type { PositionSide } from '../order/terms.ts';
import { instrumentKey } from '../portfolio/keys.ts';
import type { PortfolioState } from '../portfolio/state.ts';
import type { MarginReport, PositionReport } from '../venue/report.ts';
import { hasChangedSince, hasOpenSwap, type BookedSwaps } from './booked-swaps.ts';
import type { RiskLimits } from './limits.ts';

/** Milliseconds after the beginning of its reading in which a figure of margin is fresh. */
export const MARGIN_FRESH_MS = 30_000;
/** The margin ratio at which an alarm is raised where no stricter limit is set. */
export const MARGIN_RATIO_ALARM = decimal('0.8');
/** The fraction of the mark to the liquidation price below which an alarm is raised where no stricter limit is set. */
export const LIQUIDATION_DISTANCE_ALARM = decimal('0.02');
/** Ratios are shown as no more than this, also where nothing stands behind the positions any more. */
export const MARGIN_RATIO_CEILING = decimal('1000');
/** Digits of ratios and distances. */
const SCALE = 6;

/** One reading of an account's margin and positions. */
export interface MarginReading {
  /** When the reading began, on our clock. */
  readonly readAt: TimeMs;
  readonly margins: readonly MarginReport[];
  readonly positions: readonly PositionReport[];
  /** The account's open swap positions by our books when the reading began (`bookedSwaps`). */
  readonly booked: BookedSwaps;
}

export interface WalletMargin extends MarginReport {
  /** Of the positions in cross mode; null where it is not known. */
  readonly marginRatio: Decimal | null;
}

export interface PositionMargin {
  readonly symbol: InstrumentSymbol;
  readonly positionSide: PositionSide;
  readonly liquidationPrice: PositionReport['liquidationPrice'];
  /** Of an isolated position alone, in cross mode that of its wallet; null where it is not known. */
  readonly marginRatio: Decimal | null;
  readonly marginMode: PositionReport['marginMode'];
  readonly liquidationDistance: Decimal | null;
}

/** The figures of an account, with the time of their reading. */
export interface AccountMargin {
  readonly readAt: TimeMs;
  readonly wallets: readonly WalletMargin[];
  /** Open positions. */
  readonly positions: readonly PositionMargin[];
}

/** Maintenance margin as a fraction of the balance behind it, rounded up; positions are liquidated at 1. */
export function marginRatio(
  maintenanceMargin: Decimal | null,
  marginBalance: Decimal | null,
): Decimal | null {
  if (maintenanceMargin === null || marginBalance === null) return null;
  if (maintenanceMargin.isZero()) return Decimal.zero;
  if (!marginBalance.isPositive()) return MARGIN_RATIO_CEILING;
  return maintenanceMargin.divide(marginBalance, SCALE, 'up').min(MARGIN_RATIO_CEILING);
}

/**
 * How far the mark is from the liquidation price, as a fraction of the mark, rounded down. Without such a price it is 1; a net
 * position whose mark has passed it is at 0. The two sides of a hedged account in cross mode share one price, which lies beyond
 * the mark for the larger of them.
 */
export function liquidationDistance(
  { liquidationPrice, positionSide, quantity }: PositionReport,
  mark: Decimal | null,
): Decimal | null {
  if (liquidationPrice === 'none') return Decimal.one;
  if (liquidationPrice === null || mark === null || !mark.isPositive()) return null;
  const above = mark.subtract(liquidationPrice);
  const left =
    positionSide === 'net' ? (quantity.isPositive() ? above : above.negate()).max(Decimal.zero) : above.abs();
  return left.divide(mark, SCALE, 'down');
}

/** The figures of a reading; null where there is none. Each distance is the lesser of those from the venue's mark then and from ours now. */
export function accountMargin(
  accountId: AccountId,
  reading: MarginReading | undefined,
  marks: ReadonlyMap<string, Decimal>,
): AccountMargin | null {
  if (reading === undefined) return null;
  const wallets = reading.margins.map((report) => ({
    ...report,
    marginRatio: marginRatio(report.maintenanceMargin, report.marginBalance),
  }));
  const ratioInCross = highest(wallets.map((wallet) => wallet.marginRatio));
  return {
    readAt: reading.readAt,
    wallets,
    positions: reading.positions
      .filter(({ quantity }) => !quantity.isZero())
      .map((position) => {
        const mark = marks.get(instrumentKey(accountId, position.symbol)) ?? null;
        const then = liquidationDistance(position, position.markPrice);
        const now = liquidationDistance(position, mark);
        return {
          symbol: position.symbol,
          positionSide: position.positionSide,
          marginMode: position.marginMode,
          liquidationPrice: position.liquidationPrice,
          marginRatio: ratioOf(position, ratioInCross),
          liquidationDistance: then === null || now === null ? (then ?? now) : then.min(now),
        };
      }),
  };
}

/**
 * As `accountMargin`, for who takes the figures for those of the positions that are open now: once one of them has changed, every
 * figure is unknown until the venue has been read again, since the positions of a wallet stand and fall together.
 */
export function currentMargin(
  state: PortfolioState,
  accountId: AccountId,
  reading: MarginReading | undefined,
  marks: ReadonlyMap<string, Decimal>,
): AccountMargin | null {
  const shown = accountMargin(accountId, reading, marks);
  if (shown === null || reading === undefined || !hasChangedSince(state, accountId, reading)) return shown;
  return {
    readAt: shown.readAt,
    wallets: shown.wallets.map(({ wallet }) => ({
      wallet,
      marginBalance: null,
      maintenanceMargin: null,
      marginRatio: null,
    })),
    positions: shown.positions.map((position) => ({
      ...position,
      liquidationPrice: null,
      marginRatio: null,
      liquidationDistance: null,
    })),
  };
}

function ratioOf(
  { marginMode, maintenanceMargin, isolatedMargin }: PositionReport,
  ratioInCross: Decimal | null,
): Decimal | null {
  switch (marginMode) {
    case 'isolated':
      return marginRatio(maintenanceMargin, isolatedMargin);
    case 'cross':
      return ratioInCross;
    case null:
      return null;
  }
}

/** A reading that lies ahead is of before the clock was set back: how old it is is not known. */
export function isFreshMargin(readAt: TimeMs, at: TimeMs): boolean {
  return Math.abs(at - readAt) <= MARGIN_FRESH_MS;
}

/** The ratio of the account: the highest of its wallets and its isolated positions. Null where one is not known, or there is none. */
export function highestRatio({ wallets, positions }: AccountMargin): Decimal | null {
  return highest([...wallets, ...positions].map((one) => one.marginRatio));
}

/** The distance of the open position that is nearest to liquidation; null where one is not known, or there is none. */
export function nearestDistance({ positions }: AccountMargin): Decimal | null {
  return extreme(
    positions.map((position) => position.liquidationDistance),
    (left, right) => left.min(right),
  );
}

function highest(ratios: readonly (Decimal | null)[]): Decimal | null {
  return extreme(ratios, (left, right) => left.max(right));
}

/** Null where one is not known, or there is none. */
function extreme(
  figures: readonly (Decimal | null)[],
  pick: (left: Decimal, right: Decimal) => Decimal,
): Decimal | null {
  let found: Decimal | null = null;
  for (const figure of figures) {
    if (figure === null) return null;
    found = found === null ? figure : pick(found, figure);
  }
  return found;
}

export const MARGIN_ALARM_KINDS = ['margin_ratio', 'liquidation_distance', 'margin_unknown'] as const;
export type MarginAlarmKind = (typeof MARGIN_ALARM_KINDS)[number];

/** An account or a position that is near liquidation, or of which that is not known. */
export interface MarginAlarm {
  readonly accountId: AccountId;
  readonly mode: AccountMode;
  readonly kind: MarginAlarmKind;
  /** The wallet whose cross positions it is about; null for one position, and where nothing is known. */
  readonly wallet: Wallet | null;
  readonly symbol: InstrumentSymbol | null;
  readonly positionSide: PositionSide | null;
  readonly threshold: Decimal | null;
  readonly actual: Decimal | null;
}

/** An alarm, and since when it has lasted. */
export interface StandingMarginAlarm extends MarginAlarm {
  readonly since: TimeMs;
}

/** Names an alarm, while it lasts. */
export function alarmKey({ accountId, kind, wallet, symbol, positionSide }: MarginAlarm): string {
  return [accountId, kind, wallet, symbol, positionSide].join(' ');
}

/** The alarms of one account now. One without open positions has none. */
export function marginAlarms(
  state: PortfolioState,
  account: { readonly accountId: AccountId; readonly mode: AccountMode },
  actual: AccountMargin | null,
  limits: Pick<RiskLimits, 'maxMarginRatio' | 'minLiquidationDistance'>,
  at: TimeMs,
): readonly MarginAlarm[] {
  const isOpen = hasOpenSwap(state, account.accountId);
  if (!isOpen && (actual === null || actual.positions.length === 0)) return [];
  const about = {
    accountId: account.accountId,
    mode: account.mode,
    wallet: null,
    symbol: null,
    positionSide: null,
    threshold: null,
    actual: null,
  };
  if (actual === null || !isFreshMargin(actual.readAt, at)) return [{ ...about, kind: 'margin_unknown' }];
  const atRatio = limits.maxMarginRatio?.min(MARGIN_RATIO_ALARM) ?? MARGIN_RATIO_ALARM;
  const atDistance =
    limits.minLiquidationDistance?.max(LIQUIDATION_DISTANCE_ALARM) ?? LIQUIDATION_DISTANCE_ALARM;
  const alarms: MarginAlarm[] = [];
  const onRatio = (ratio: Decimal | null, of: Partial<MarginAlarm>): void => {
    if (ratio?.atLeast(atRatio) === true)
      alarms.push({ ...about, ...of, kind: 'margin_ratio', threshold: atRatio, actual: ratio });
  };
  for (const { wallet, marginRatio: ratio } of actual.wallets) onRatio(ratio, { wallet });
  for (const position of actual.positions) {
    const { symbol, positionSide, liquidationDistance: distance } = position;
    const of = { ...about, symbol, positionSide };
    // The ratio of the others is their wallet's.
    if (position.marginMode === 'isolated') onRatio(position.marginRatio, of);
    if (position.marginRatio === null || distance === null) alarms.push({ ...of, kind: 'margin_unknown' });
    if (distance?.lessThan(atDistance) === true)
      alarms.push({ ...of, kind: 'liquidation_distance', threshold: atDistance, actual: distance });
  }
  return alarms;
}
