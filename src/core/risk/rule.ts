/** The input and the verdict of a risk rule. One rule a file, in `rules/`; `review.ts` runs them in their declared order. */
import type { MarginMarket } from '../balance/available.ts';
import type { Decimal } from '../decimal.ts';
import type { AccountId, OrderId, TimeMs } from '../ids.ts';
import type { Instrument, Quote } from '../instrument.ts';
import type { OrderRequest } from '../order/order.ts';
import type { Side } from '../order/terms.ts';
import type { OrderSetting } from '../portfolio/events.ts';
import type { PortfolioState } from '../portfolio/state.ts';
import { valuationPrice } from '../quote.ts';
import type { KindCapabilities } from '../venue/capabilities.ts';
import type { OpenOnPosition } from '../order/open-orders.ts';
import type { Conversions } from './conversion.ts';
import type { RiskLimits } from './limits.ts';
import type { MarginReading } from './liquidation.ts';
import type { Refusal } from './refusal.ts';

/** The facts outside the journal that an order is decided on, taken at one moment. */
export interface MarketContext extends Conversions {
  /** Our clock. */
  readonly at: TimeMs;
  /** Our clock carried over to the venue's. */
  readonly venueAt: TimeMs;
  readonly instrument: Instrument;
  readonly capabilities: KindCapabilities;
  /** Null when no quote could be had. */
  readonly quote: Quote | null;
  /** The limits in force: the stricter of what is stored and what the environment says. */
  readonly limits: RiskLimits;
  /** Marks of other instruments with a position or an open order, by `instrumentKey`, for limits over all of them. */
  readonly marks: ReadonlyMap<string, Decimal>;
  /** Keys of the marks that are older than `OLDEST_MARK_MS`: no loss of a strategy is measured at them. */
  readonly oldMarks: ReadonlySet<string>;
  /** Leverage set at the venue, by `positionKey` or `instrumentKey`; swaps that are missing count as having none. */
  readonly leverages: ReadonlyMap<string, Decimal>;
  /** The last reading of margin of each account; none before the first. */
  readonly margins: ReadonlyMap<AccountId, MarginReading>;
  /** Accounts that the portfolio has no more: their positions were left to the venue, and count in no limit. */
  readonly removedAccounts: ReadonlySet<AccountId>;
  /** The worth of assets in wallets whose assets are collateral together, by `balanceKey`. */
  readonly collateralWorth: MarginMarket['collateralWorth'];
  /** Why no new risk may be taken at all; null when it may. */
  readonly halted: string | null;
  /** Whether the order may close no more than its strategy's own part. */
  readonly ownPartOnly?: true;
}

/** The price that an order of this side is valued at (`valuationPrice`); null where none is known. */
export function valuedAt({ quote }: Pick<MarketContext, 'quote'>, side: Side): Decimal | null {
  return quote === null ? null : (valuationPrice(quote, side)?.price ?? null);
}

export interface RuleInput {
  readonly state: PortfolioState;
  readonly request: OrderRequest;
  readonly setting: OrderSetting;
  readonly context: MarketContext;
  /** An order to leave out of every sum: the same one, when a retry is reviewed again. */
  readonly excluding: OrderId | null;
  /** The limit a protected market order will be sent with; null for others. */
  readonly protectionPrice: Decimal | null;
  /** Whether the order only closes what we hold: by its terms, or with all that is open on its side within the position. */
  readonly closing: boolean;
  /** Whether the order can only shrink worst-case exposure: a closing one, or any spot sale. */
  readonly reducing: boolean;
  /** Base units held on the position that the order trades, negative for short. */
  readonly netQuantity: Decimal;
  /** The orders in flight on that position, added up; valued at the mark, at zero without a quote. */
  readonly open: OpenOnPosition;
}

export interface RuleVerdict {
  readonly refusal: Refusal | null;
  /** The figure measured, for showing usage; null where the rule measures nothing. */
  readonly limit: string | null;
  readonly actual: string | null;
}

export type RiskRule = (input: RuleInput) => RuleVerdict;

export const PASSED: RuleVerdict = { refusal: null, limit: null, actual: null };

export function refused(refusal: Refusal): RuleVerdict {
  return { refusal, limit: refusal.limit, actual: refusal.actual };
}

export function passed(limit: Decimal | number, actual: Decimal | number): RuleVerdict {
  return { refusal: null, limit: limit.toString(), actual: actual.toString() };
}
