/**
 * Orders and fills as Coinbase prints them, over REST and on the user channel.
 *
 * Entry points: `OrderPrinter`, `configurationJson`. Sources: "Get Order", "List Fills" and the user channel of "WebSocket Channels": the fields,
 * their types and their empty values are those of the pages' examples. Figures come without digits that say nothing.
 */
import { Decimal } from '../../core/decimal.ts';
import type { OrderAmendment } from '../exchange/account.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { averagePriceOf, isOpen, remaining, type Fill, type Order } from '../exchange/order.ts';
import { idOf, listingOf, tradeIdOf } from './instruments.ts';
import { TAGS } from './order-requests.ts';
import {
  cancelMessage,
  isCancelQueued,
  orderTypeName,
  rejectReasonName,
  sideName,
  statusName,
  stopDirectionName,
  STREAMED_TYPES,
  timeInForceName,
  triggerStatusName,
} from './order-words.ts';
import type { UndecidedBehaviour } from './undecided.ts';

export type Json = Record<string, unknown>;

/** Digits that averages are printed with at most. */
const AVERAGE_SCALE = 16;
const NO_TIME = '0001-01-01T00:00:00Z';
const HUNDRED = Decimal.fromInteger(100);

export const timeText = (ms: number): string => new Date(ms).toISOString();

export const userIdOf = (accountId: string): string => idOf('user', accountId);
export const portfolioIdOf = (accountId: string): string => idOf('portfolio', accountId);

/** The fills of one order as its JSON counts them. */
interface FillCount {
  readonly count: number;
  readonly lastAt: number | null;
}

function feesOf({ fees }: Order): Decimal {
  return fees.reduce((sum, { amount }) => sum.add(amount), Decimal.zero);
}

/** Of a purchase what it cost in all, of a sale what it brought. */
function valueAfterFees(order: Order): Decimal {
  const fees = feesOf(order);
  return order.side === 'buy' ? order.filledCost.add(fees) : order.filledCost.subtract(fees);
}

/** The percentage of the size, in the asset that it was given in, that is filled. */
function completion(order: Order): string {
  const [done, whole] =
    order.cost === null ? [order.filled, order.quantity] : [valueAfterFees(order), order.cost];
  return whole.isZero() ? '0' : done.multiply(HUNDRED).divide(whole, 2, 'down').toString();
}

/** The configuration as it is now, with the figures of the last edit. */
export function configurationJson(order: Order): Json {
  const name = order.tags[TAGS.configuration] ?? 'limit_limit_gtc';
  const size = order.cost === null ? { base_size: order.quantity } : { quote_size: order.cost };
  const limit = order.price === null ? {} : { limit_price: order.price };
  const end = order.expiresAt === null ? {} : { end_time: timeText(order.expiresAt) };
  const stop =
    order.stopPrice === null ? {} : { stop_price: order.stopPrice, stop_direction: stopDirectionName(order) };
  const mayPost = name === 'limit_limit_gtc' || name === 'limit_limit_gtd';
  const post = mayPost ? { post_only: order.postOnly } : {};
  return { [name]: { ...size, ...limit, ...end, ...stop, ...post } };
}

/** Prints one account's orders and fills at one moment. */
export class OrderPrinter {
  readonly #exchange: Exchange;
  readonly #accountId: string;
  readonly #nowMs: number;
  readonly #undecided: UndecidedBehaviour;
  #counts: ReadonlyMap<string, FillCount> | null = null;
  #amendments: readonly OrderAmendment[] | null = null;

  constructor(exchange: Exchange, accountId: string, nowMs: number, undecided: UndecidedBehaviour) {
    this.#exchange = exchange;
    this.#accountId = accountId;
    this.#nowMs = nowMs;
    this.#undecided = undecided;
  }

  /** The status that clients see now. */
  status(order: Order): string {
    return isCancelQueued(order, this.#nowMs, this.#undecided)
      ? 'CANCEL_QUEUED'
      : statusName(order, this.#undecided);
  }

  /** An order of "Get Order" and "List Orders". */
  order(order: Order): Json {
    const { count, lastAt } = this.#countOf(order);
    const isDone = !isOpen(order.status);
    const fees = feesOf(order);
    return {
      order_id: order.venueOrderId,
      product_id: listingOf(order.symbol).id,
      user_id: userIdOf(order.accountId),
      order_configuration: configurationJson(order),
      side: sideName(order.side),
      client_order_id: order.clientOrderId ?? '',
      status: this.status(order),
      time_in_force: timeInForceName(order),
      created_time: timeText(order.createdAt),
      completion_percentage: completion(order),
      filled_size: order.filled,
      average_filled_price: averagePriceOf(order, AVERAGE_SCALE) ?? '0',
      fee: '',
      number_of_fills: String(count),
      filled_value: order.filledCost,
      pending_cancel: isCancelQueued(order, this.#nowMs, this.#undecided),
      size_in_quote: order.cost !== null,
      total_fees: fees,
      size_inclusive_of_fees: order.cost !== null,
      total_value_after_fees: valueAfterFees(order),
      trigger_status: triggerStatusName(order),
      order_type: orderTypeName(order),
      reject_reason: rejectReasonName(order),
      settled: isDone,
      product_type: 'SPOT',
      reject_message: '',
      cancel_message: cancelMessage(order),
      order_placement_source: 'RETAIL_ADVANCED',
      outstanding_hold_amount: this.#hold(order),
      is_liquidation: false,
      last_fill_time: lastAt === null ? null : timeText(lastAt),
      edit_history: this.#edits(order),
      leverage: '',
      margin_type: 'UNKNOWN_MARGIN_TYPE',
      retail_portfolio_id: portfolioIdOf(order.accountId),
      originating_order_id: '',
      attached_order_id: '',
      attached_order_configuration: null,
      current_pending_replace: null,
      commission_detail_total: commissionJson(fees),
      workable_size: '',
      workable_size_completion_pct: '',
      cost_basis_method: 'COST_BASIS_METHOD_UNSPECIFIED',
      last_update_time: timeText(order.updatedAt),
    };
  }

  /** An order of the user channel; `status` where it is not the present one. */
  streamedOrder(order: Order, status: string = this.status(order)): Json {
    const isDone = !isOpen(order.status);
    const left =
      order.cost === null ? remaining(order) : order.cost.subtract(valueAfterFees(order)).max(Decimal.zero);
    return {
      avg_price: averagePriceOf(order, AVERAGE_SCALE) ?? '0',
      cancel_reason: cancelMessage(order),
      client_order_id: order.clientOrderId ?? '',
      completion_percentage: completion(order),
      contract_expiry_type: 'UNKNOWN_CONTRACT_EXPIRY_TYPE',
      cumulative_quantity: order.filled,
      filled_value: order.filledCost,
      // A finished order has nothing left, whatever was not filled.
      leaves_quantity: isDone ? '0' : left,
      limit_price: order.price ?? '0',
      number_of_fills: String(this.#countOf(order).count),
      order_id: order.venueOrderId,
      order_side: sideName(order.side),
      order_type: STREAMED_TYPES[orderTypeName(order)],
      outstanding_hold_amount: this.#hold(order),
      post_only: String(order.postOnly),
      product_id: listingOf(order.symbol).id,
      product_type: 'SPOT',
      reject_reason: order.status === 'rejected' ? rejectReasonName(order) : '',
      retail_portfolio_id: portfolioIdOf(order.accountId),
      risk_managed_by: 'UNKNOWN_RISK_MANAGEMENT_TYPE',
      status,
      stop_price: order.stopPrice ?? '',
      time_in_force: timeInForceName(order),
      total_fees: feesOf(order),
      total_value_after_fees: valueAfterFees(order),
      trigger_status: triggerStatusName(order),
      creation_time: timeText(order.createdAt),
      end_time: order.expiresAt === null ? NO_TIME : timeText(order.expiresAt),
      start_time: NO_TIME,
    };
  }

  /** A fill of "List Fills"; `order` is the one that it belongs to. */
  fill(fill: Fill, order: Order | null): Json {
    const isInQuote = this.#undecided.quoteOrdersFillInQuote && (order?.cost ?? null) !== null;
    return {
      entry_id: idOf('entry', fill.venueOrderId, fill.symbol, fill.tradeId),
      trade_id: tradeIdOf(fill),
      order_id: fill.venueOrderId,
      trade_time: timeText(fill.at),
      trade_type: 'FILL',
      price: fill.price,
      size: isInQuote ? fill.quantity.multiply(fill.price) : fill.quantity,
      commission: fill.fee,
      product_id: listingOf(fill.symbol).id,
      sequence_timestamp: timeText(fill.at),
      liquidity_indicator: fill.liquidity === 'maker' ? 'MAKER' : 'TAKER',
      size_in_quote: isInQuote,
      user_id: userIdOf(fill.accountId),
      side: sideName(fill.side),
      retail_portfolio_id: portfolioIdOf(fill.accountId),
      fillSource: 'FILL_SOURCE_CLOB',
      commission_detail_total: commissionJson(fill.fee),
    };
  }

  /** The hold of the order, in the asset that it would pay with. */
  #hold(order: Order): Decimal {
    if (!isOpen(order.status) || order.cost !== null) return Decimal.zero;
    const left = remaining(order);
    if (order.side === 'sell') return left;
    const { taker } = this.#exchange.policyOf('spot').fees;
    return left.multiply(order.price ?? Decimal.zero).multiply(Decimal.one.add(taker));
  }

  #countOf({ venueOrderId }: Order): FillCount {
    this.#counts ??= countFills(this.#exchange.fills(this.#accountId, {}));
    return this.#counts.get(venueOrderId) ?? { count: 0, lastAt: null };
  }

  #edits({ venueOrderId }: Order): readonly Json[] {
    this.#amendments ??= this.#exchange.amendments(this.#accountId);
    return this.#amendments
      .filter((amendment) => amendment.venueOrderId === venueOrderId)
      .map(({ price, quantity, at }) => ({ price, size: quantity, replace_accept_timestamp: timeText(at) }));
  }
}

function countFills(fills: readonly Fill[]): ReadonlyMap<string, FillCount> {
  const counts = new Map<string, FillCount>();
  for (const { venueOrderId, at } of fills)
    counts.set(venueOrderId, { count: (counts.get(venueOrderId)?.count ?? 0) + 1, lastAt: at });
  return counts;
}

function commissionJson(total: Decimal): Json {
  return {
    total_commission: total,
    gst_commission: '',
    withholding_commission: '',
    client_commission: total,
    venue_commission: '',
    regulatory_commission: '',
    clearing_commission: '',
  };
}
