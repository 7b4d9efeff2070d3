/**
 * The independent auditor: holds what the service says against what the venue knows and what callers were told.
 *
 * Entry points: `audit` (once everything has healed), `ExposureWatch` (at every instant), `compareOrders`.
 * It shares no state types, fill logic or codec with the service: of `src/core` it uses exact decimals and nothing
 * else, of `src/engine` nothing. Everything the service says comes as plain JSON.
 */
import { Decimal } from '../../src/core/decimal.ts';
import type { ExchangeEvent } from '../../src/simulators/exchange/event.ts';
import type { Exchange } from '../../src/simulators/exchange/exchange.ts';
import type { Fill, Order } from '../../src/simulators/exchange/order.ts';
import type { Asked, CallLog, PlaceCall } from './answers.ts';
import type { CancelOnWire, CreateOnWire } from './venue.ts';

/** What the API shows of an order, in the part that is held against the venue. */
export interface ShownOrder {
  readonly orderId: string;
  readonly venueClientOrderId: string;
  readonly strategy: string | null;
  readonly symbol: string;
  readonly side: string;
  readonly positionSide: string;
  readonly reduceOnly: boolean;
  readonly type: string;
  readonly quantity: string | null;
  readonly cost: string | null;
  readonly price: string | null;
  readonly protectionPrice: string | null;
  readonly status: string;
  readonly filledQuantity: string;
  readonly filledCost: string;
  readonly fees: readonly { readonly asset: string; readonly amount: string }[];
  readonly venueOrderIds: readonly string[];
}

export interface ShownFill {
  readonly tradeId: string;
  readonly venueOrderId: string;
  readonly side: string;
  readonly price: string;
  readonly quantity: string;
  readonly fee: string;
  readonly feeAsset: string | null;
}

/** An open position; flat ones are not shown. */
export interface ShownPosition {
  readonly symbol: string;
  readonly positionSide: string;
  readonly netQuantity: string;
  readonly fundingTotal: string;
}

export interface ShownDrift {
  readonly kind: string;
  readonly subject: string;
  readonly symbol: string | null;
  readonly orderId: string | null;
  readonly ours: string;
  readonly theirs: string;
  readonly detail: string;
}

/** Everything the service shows at the end of a run. */
export interface ServiceView {
  readonly open: readonly ShownOrder[];
  /** Open and finished ones. */
  readonly all: readonly ShownOrder[];
  readonly fillsOf: ReadonlyMap<string, readonly ShownFill[]>;
  readonly positions: readonly ShownPosition[];
  readonly balances: readonly { readonly wallet: string; readonly asset: string; readonly total: string }[];
  readonly drift: readonly ShownDrift[];
  readonly halted: string | null;
}

/** A durable record as text: what was on the disk before a request may leave. */
export interface JournaledLine {
  readonly at: number;
  readonly type: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

export interface VenueTruth {
  readonly exchange: Exchange;
  readonly ourAccount: string;
  /** What the service's client ids begin with. */
  readonly tag: string;
  readonly creates: readonly CreateOnWire[];
  readonly cancels: readonly CancelOnWire[];
  readonly staleAnswers: ReadonlySet<string>;
  readonly pinned: boolean;
  /** Whether a funding payment named the position that it was for. */
  readonly fundingNamesSide: boolean;
  /** Whether the venue documents the order of executions within a millisecond. */
  readonly fillsAreSequenced: boolean;
  /** The id that it shows for a trade. */
  readonly tradeIdShown: (fill: Fill) => string;
  /** Assets that were paid in from outside, with the time of the last payment. */
  readonly deposits: ReadonlyMap<string, number>;
}

export interface Evidence {
  readonly service: ServiceView;
  readonly journal: readonly JournaledLine[];
  readonly calls: CallLog;
  readonly venue: VenueTruth;
}

/** Everything that does not hold; empty when all does. */
export function audit(evidence: Evidence): readonly string[] {
  const audited = new Audit(evidence);
  audited.run();
  return audited.violations;
}

const CLOSED_WITHOUT_VENUE: ReadonlySet<string> = new Set(['failed', 'rejected', 'denied', 'canceled']);
/** Refusals of a state, where there is no figure to name. */
const WITHOUT_FIGURES: ReadonlySet<string> = new Set([
  'kill_switch_engaged',
  'trading_halted',
  'trading_reduce_only',
  'unsupported_order',
  'market_data_missing',
  'instrument_not_active',
]);

class Audit {
  readonly violations: string[] = [];
  readonly #evidence: Evidence;
  readonly #orders: readonly Order[];
  readonly #ours: readonly Order[];
  readonly #external: readonly Order[];
  readonly #fills: readonly Fill[];
  readonly #externalFills: readonly Fill[];
  readonly #shownByClientId: ReadonlyMap<string, ShownOrder>;
  readonly #shownById: ReadonlyMap<string, ShownOrder>;

  constructor(evidence: Evidence) {
    this.#evidence = evidence;
    const { exchange, ourAccount, tag } = evidence.venue;
    this.#orders = exchange.allOrders().filter((order) => order.accountId === ourAccount);
    this.#ours = this.#orders.filter((order) => order.clientOrderId?.startsWith(tag) === true);
    this.#external = this.#orders.filter((order) => order.clientOrderId?.startsWith(tag) !== true);
    this.#fills = exchange
      .allFills()
      .filter((fill) => fill.accountId === ourAccount)
      .toSorted(orderOfFills(evidence.venue.fillsAreSequenced));
    this.#externalFills = this.#fills.filter((fill) => fill.clientOrderId?.startsWith(tag) !== true);
    this.#shownByClientId = new Map(evidence.service.all.map((order) => [order.venueClientOrderId, order]));
    this.#shownById = new Map(evidence.service.all.map((order) => [order.orderId, order]));
  }

  run(): void {
    if (this.#evidence.service.halted !== null)
      this.#fail('I4', `the portfolio is halted: ${this.#evidence.service.halted}`);
    this.#atMostOnce();
    this.#nothingLost();
    this.#nothingTwice();
    this.#repeatsAreOne();
    this.#answersHold();
    this.#batchesAreWhole();
    this.#writtenAhead();
    this.#nothingRefusedForBalance();
    this.#sidesHold();
    this.#booksEqual();
    this.#fundingOnItsSide();
    this.#driftExplained();
    this.#refusalsExplained();
    this.#cancelsWentOut();
    this.#killSwitchHolds();
  }

  #fail(promise: string, what: string): void {
    this.violations.push(`${promise}: ${what}`);
  }

  /** I1: an order of ours at the venue is one that the service knows, once, and as it was asked. */
  #atMostOnce(): void {
    const seen = new Set<string>();
    for (const order of this.#ours) {
      // What a triggered stop became carries its client id; it was not asked for on its own.
      if (order.conditionalVenueOrderId !== null) continue;
      const id = order.clientOrderId ?? '';
      if (seen.has(id)) this.#fail('I1', `the venue has several orders with client id ${id}`);
      seen.add(id);
      const shown = this.#shownByClientId.get(id);
      if (shown === undefined) {
        this.#fail(
          'I1',
          `the venue has order ${order.venueOrderId} (${id}), which the service does not know`,
        );
        continue;
      }
      const here = `${shown.side} ${shown.positionSide} ${shown.symbol}`;
      const there = `${order.side} ${order.positionSide} ${order.symbol}`;
      if (here !== there) this.#fail('I1', `${id} is ${here} here and ${there} at the venue`);
      if (shown.quantity !== null && !Decimal.parse(shown.quantity).equals(order.quantity))
        this.#fail('I1', `${id} is for ${shown.quantity} here and ${order.quantity.toString()} at the venue`);
      const price = shown.price ?? shown.protectionPrice;
      if ((order.price?.toString() ?? null) !== price)
        this.#fail(
          'I1',
          `${id} is at ${price ?? 'market'} here and ${order.price?.toString() ?? 'market'} there`,
        );
    }
  }

  /** I2, I4: every order the service shows stands as at the venue, every execution once, sums equal. */
  #nothingLost(): void {
    this.violations.push(...compareOrders(this.#evidence.service.all, this.#ours));
    const seen = new Set<string>();
    for (const fills of this.#evidence.service.fillsOf.values()) {
      for (const fill of fills) {
        const key = `${fill.venueOrderId} ${fill.tradeId} ${fill.side}`;
        if (seen.has(key) && this.#countOf(fill.venueOrderId, fill.tradeId) < 2)
          this.#fail('I2', `execution ${key} is shown twice`);
        seen.add(key);
      }
    }
    for (const order of this.#ours) {
      const shown = this.#shownByClientId.get(order.clientOrderId ?? '');
      if (shown === undefined || order.conditionalVenueOrderId !== null) continue;
      const theirs = this.#fillsOf(order);
      const ours = this.#evidence.service.fillsOf.get(shown.orderId) ?? [];
      const ourTexts = ours.map(textOfShown).toSorted();
      const theirTexts = theirs.map((fill) => textOfFill(fill, this.#evidence.venue.tradeIdShown)).toSorted();
      if (ourTexts.join('\n') !== theirTexts.join('\n'))
        this.#fail(
          'I2',
          `executions of ${shown.orderId} differ: shown [${ourTexts.join('; ')}], at the venue [${theirTexts.join('; ')}]`,
        );
      const filled = theirs.reduce((sum, fill) => sum.add(fill.quantity), Decimal.zero);
      const cost = theirs.reduce((sum, fill) => sum.add(fill.price.multiply(fill.quantity)), Decimal.zero);
      if (shown.filledQuantity !== filled.toString() || shown.filledCost !== cost.toString())
        this.#fail(
          'I2',
          `${shown.orderId} adds up to ${shown.filledQuantity} for ${shown.filledCost}, at the venue to ${filled.toString()} for ${cost.toString()}`,
        );
      const fees = new Map<string, Decimal>();
      for (const fill of theirs)
        fees.set(fill.feeAsset, (fees.get(fill.feeAsset) ?? Decimal.zero).add(fill.fee));
      const shownFees = new Map(shown.fees.map(({ asset, amount }) => [asset, amount]));
      for (const [asset, amount] of fees)
        if (!amount.isZero() && shownFees.get(asset) !== amount.toString())
          this.#fail(
            'I2',
            `${shown.orderId} shows ${shownFees.get(asset) ?? 'no'} ${asset} of fees, not ${amount.toString()}`,
          );
    }
  }

  /** I2: an execution, ours or not, is booked at most once. */
  #nothingTwice(): void {
    const seen = new Set<string>();
    for (const { type, payload } of this.#evidence.journal) {
      if (type !== 'fill_booked' && type !== 'external_fill_seen') continue;
      const { fill } = payload as { readonly fill: ShownFill & { readonly symbol: string } };
      const key = `${fill.symbol} ${fill.venueOrderId} ${fill.tradeId}`;
      if (seen.has(key)) this.#fail('I2', `execution ${key} is journaled twice`);
      seen.add(key);
    }
  }

  #countOf(venueOrderId: string, tradeId: string): number {
    const { tradeIdShown } = this.#evidence.venue;
    return this.#fills.filter((fill) => fill.venueOrderId === venueOrderId && tradeIdShown(fill) === tradeId)
      .length;
  }

  #fillsOf(order: Order): readonly Fill[] {
    const venueOrderId = order.conditional ? order.triggeredVenueOrderId : order.venueOrderId;
    return this.#fills.filter((fill) => fill.venueOrderId === venueOrderId && fill.symbol === order.symbol);
  }

  /** I1: calls with one key are one request; calls without are one each. */
  #repeatsAreOne(): void {
    const byKey = new Map<string, PlaceCall[]>();
    const byLabel = new Map<string, PlaceCall[]>();
    for (const call of this.#evidence.calls.places) {
      const { key, label } = call.asked;
      byLabel.set(label, [...(byLabel.get(label) ?? []), call]);
      if (key !== null) byKey.set(key, [...(byKey.get(key) ?? []), call]);
    }
    for (const [key, calls] of byKey) {
      const orders = new Set<string>();
      const contents = new Set<string>();
      for (const { told, asked } of calls) {
        if (told.kind !== 'accepted' && told.kind !== 'denied') continue;
        orders.add(told.orderId);
        contents.add(asked.content);
      }
      if (orders.size > 1) this.#fail('I1', `key ${key} made several orders: ${[...orders].join(', ')}`);
      if (contents.size > 1) this.#fail('I1', `key ${key} was taken for several contents`);
      for (const { told } of calls)
        if (told.kind === 'conflict' && orders.size === 1 && !orders.has(told.orderId))
          this.#fail(
            'I1',
            `key ${key} conflicts with ${told.orderId}, and was answered with ${[...orders].join()}`,
          );
    }
    const shown = new Map<string, string[]>();
    for (const order of this.#evidence.service.all) {
      const label = order.strategy ?? '';
      shown.set(label, [...(shown.get(label) ?? []), order.orderId]);
    }
    for (const [label, orderIds] of shown) {
      const calls = byLabel.get(label) ?? [];
      const requests = new Set(calls.map(({ asked }, index) => asked.key ?? `call ${index}`));
      if (orderIds.length > requests.size)
        this.#fail(
          'I1',
          `${calls.length} calls ${label} made ${orderIds.length} orders: ${orderIds.join(', ')}`,
        );
    }
    for (const [label, calls] of byLabel) {
      const orderIds = shown.get(label) ?? [];
      const isRefusedOnly = calls.every(({ told }) => told.kind === 'unavailable' && !told.isInDoubt);
      const [made] = orderIds;
      if (isRefusedOnly && made !== undefined)
        this.#fail('I2', `${label} was told that nothing was journaled, yet there is order ${made}`);
    }
  }

  /** I3: of an all-or-none batch either every order was taken, or none of them reached the venue. */
  #batchesAreWhole(): void {
    const byLabel = new Map(this.#evidence.service.all.map((order) => [order.strategy ?? '', order]));
    const atVenue = new Set(this.#ours.map((order) => order.clientOrderId));
    for (const labels of this.#evidence.calls.batches) {
      const isSent = labels.some((label) => atVenue.has(byLabel.get(label)?.venueClientOrderId ?? ''));
      if (!isSent) continue;
      for (const label of labels) {
        const status = byLabel.get(label)?.status ?? 'not known to the service';
        if (status === 'denied' || !byLabel.has(label))
          this.#fail('I3', `${label} is ${status}, yet its all-or-none batch reached the venue`);
      }
    }
    for (const { told, asked } of this.#evidence.calls.places)
      if (told.kind === 'withheld' && atVenue.has(byLabel.get(asked.label)?.venueClientOrderId ?? ''))
        this.#fail('I3', `${asked.label} was told withheld and is at the venue`);
  }

  /** I2: what a caller was told is still so. */
  #answersHold(): void {
    for (const { told, asked } of this.#evidence.calls.places) {
      if (told.kind === 'broken') this.#fail('I2', `${asked.label} was answered with a bug: ${told.detail}`);
      if (told.kind !== 'accepted' && told.kind !== 'denied') continue;
      const shown = this.#shownById.get(told.orderId);
      if (shown === undefined) {
        this.#fail(
          'I2',
          `${asked.label} was told ${told.kind} ${told.orderId}, which the service no longer knows`,
        );
        continue;
      }
      if (told.kind === 'denied' && shown.status !== 'denied')
        this.#fail('I2', `${told.orderId} was told denied and is ${shown.status}`);
      if (told.kind === 'accepted' && shown.status === 'denied')
        this.#fail('I2', `${told.orderId} was told accepted and is denied`);
      if (told.kind === 'accepted' && shown.venueClientOrderId !== told.venueClientOrderId)
        this.#fail('I1', `${told.orderId} changed its venue client id`);
      const isOther = shown.side !== asked.side || shown.positionSide !== asked.positionSide;
      if (shown.symbol !== asked.symbol || (isOther && told.kind === 'accepted'))
        this.#fail('I2', `${told.orderId} is not what ${asked.label} asked for`);
    }
  }

  /** Every create on the wire carries a time that the journal had before the request left. */
  #writtenAhead(): void {
    const orderIds = new Map(
      this.#evidence.service.all.map((order) => [order.orderId, order.venueClientOrderId]),
    );
    const attempts = new Map<string, Set<number>>();
    for (const line of this.#evidence.journal) {
      if (line.type !== 'send_attempted') continue;
      const { orderId, attempt } = line.payload as {
        readonly orderId: string;
        readonly attempt: { readonly signedAt: number };
      };
      const id = orderIds.get(orderId);
      if (id !== undefined) attempts.set(id, (attempts.get(id) ?? new Set()).add(attempt.signedAt));
    }
    const sent = new Map<string, number>();
    for (const create of this.#evidence.venue.creates) {
      if (attempts.get(create.clientOrderId)?.has(create.signedAt) !== true)
        this.#fail(
          'I1',
          `${create.clientOrderId} went out signed at ${create.signedAt}, which no journaled attempt says`,
        );
      if (!create.wasJournaled)
        this.#fail(
          'I1',
          `${create.clientOrderId} left at ${create.departedAt} before its attempt was journaled`,
        );
      const key = `${create.clientOrderId} ${create.signedAt}`;
      sent.set(key, (sent.get(key) ?? 0) + 1);
    }
    for (const [key, count] of sent)
      if (count > 1) this.#fail('I1', `attempt ${key} went out ${count} times`);
  }

  /** I3: what is reserved is reserved: no order of ours is one that the account cannot pay. */
  #nothingRefusedForBalance(): void {
    // A venue that counts too few executions at an order's end makes its books ours: then this cannot be told.
    if (this.#external.length > 0 || this.#evidence.venue.staleAnswers.size > 0) return;
    for (const create of this.#evidence.venue.creates) {
      if (create.verdict.kind !== 'refused' || create.verdict.code !== 'insufficient_balance') continue;
      const shown = this.#shownByClientId.get(create.clientOrderId);
      const isRaw = shown?.price === null && shown.protectionPrice === null && shown.side === 'buy';
      const isSwap = shown?.symbol.includes(':') === true;
      // The mark may have moved since: what a raw market order costs, and what margin leaves of a wallet.
      const isBesideMargin = this.#isUnified && shown?.side === 'buy';
      if ((isRaw || isSwap || isBesideMargin) && !this.#evidence.venue.pinned) continue;
      this.#fail('I3', `${create.clientOrderId} was approved and the account could not pay it`);
    }
  }

  get #isUnified(): boolean {
    const { exchange, ourAccount } = this.#evidence.venue;
    return exchange.balances(ourAccount).some(({ wallet }) => wallet === 'unified');
  }

  /** I3: an order goes to the venue for the position that was asked for, and one that only reduces has opened nothing. */
  #sidesHold(): void {
    // A key that is used again with other content repeats the label with another side.
    const byLabel = new Map<string, Asked[]>();
    for (const { asked } of this.#evidence.calls.places)
      byLabel.set(asked.label, [...(byLabel.get(asked.label) ?? []), asked]);
    const askedFor = (
      clientOrderId: string | null,
      { symbol, side, positionSide }: Pick<Asked, 'symbol' | 'side' | 'positionSide'>,
    ): Asked | undefined =>
      byLabel
        .get(this.#shownByClientId.get(clientOrderId ?? '')?.strategy ?? '')
        ?.find(
          (asked) => asked.symbol === symbol && asked.side === side && asked.positionSide === positionSide,
        );
    for (const create of this.#evidence.venue.creates)
      if (askedFor(create.clientOrderId, create) === undefined)
        this.#fail(
          'I3',
          `${create.clientOrderId} was sent as ${create.side} ${create.positionSide} ${create.symbol}, which nobody asked for`,
        );
    const held = new Map<string, Decimal>();
    for (const fill of this.#fills.toSorted(orderOfFills(true))) {
      if (fill.marketType !== 'swap') continue;
      const key = `${fill.symbol} ${fill.positionSide}`;
      const before = held.get(key) ?? Decimal.zero;
      const after = fill.side === 'buy' ? before.add(fill.quantity) : before.subtract(fill.quantity);
      held.set(key, after);
      const request = askedFor(fill.clientOrderId, fill);
      if (request !== undefined && onlyReduces(request) && !isBetween(after, before))
        this.#fail(
          'I3',
          `${fill.clientOrderId ?? ''} only reduces and moved ${key} from ${before.toString()} to ${after.toString()}`,
        );
    }
  }

  /** I4: what each open position has paid and received as funding, where the venue names positions. */
  #fundingOnItsSide(): void {
    const { exchange, ourAccount, fundingNamesSide } = this.#evidence.venue;
    if (!fundingNamesSide) return;
    // A payment for a position that the books did not have yet moved the balance alone.
    const known = new Set<string>();
    const attributed = new Set<string>();
    for (const { type, payload } of this.#evidence.journal) {
      const { fill, positions, funding } = payload as {
        readonly fill?: { readonly symbol: string; readonly positionSide: string };
        readonly positions?: readonly { readonly symbol: string; readonly positionSide: string }[];
        readonly funding?: { readonly id: string; readonly symbol: string; readonly positionSide: string };
      };
      if (type === 'fill_booked' || type === 'external_fill_seen') known.add(positionName(fill));
      if (type === 'positions_observed') for (const one of positions ?? []) known.add(positionName(one));
      if (type === 'funding_booked' && known.has(positionName(funding))) attributed.add(funding?.id ?? '');
    }
    for (const shown of this.#evidence.service.positions) {
      if (!shown.symbol.includes(':')) continue;
      const total = exchange
        .funding(ourAccount)
        .filter(({ symbol, positionSide }) => positionName({ symbol, positionSide }) === positionName(shown))
        .filter(({ symbol, positionSide, at }) => attributed.has(`${symbol} ${positionSide} ${at}`))
        .reduce((sum, { amount }) => sum.add(amount), Decimal.zero);
      if (shown.fundingTotal !== total.toString())
        this.#fail(
          'I4',
          `funding of ${positionName(shown)}: ${shown.fundingTotal} shown, ${total.toString()} at the venue`,
        );
    }
  }

  /** I4: orders, positions and balances, to the last digit. */
  #booksEqual(): void {
    const { exchange, ourAccount, tag } = this.#evidence.venue;
    for (const { wallet, asset, total } of exchange.balances(ourAccount)) {
      const shown = this.#evidence.service.balances.find(
        (balance) => balance.asset === asset && balance.wallet === WALLETS_SHOWN[wallet],
      );
      if ((shown?.total ?? '0') !== total.toString())
        this.#fail(
          'I4',
          `${wallet} ${asset}: ${shown?.total ?? 'none'} shown, ${total.toString()} at the venue`,
        );
    }
    const theirs = new Map<string, Decimal>();
    for (const { symbol, side, quantity } of exchange.positions(ourAccount))
      theirs.set(positionName({ symbol, positionSide: side }), quantity);
    for (const { symbol, marketType } of exchange.instruments()) {
      if (marketType === 'swap') continue;
      const ours = this.#fills.filter(
        (fill) => fill.symbol === symbol && fill.clientOrderId?.startsWith(tag) === true,
      );
      theirs.set(positionName({ symbol, positionSide: 'net' }), boughtOf(ours));
    }
    const shownPositions = new Map(
      this.#evidence.service.positions.map((position) => [positionName(position), position.netQuantity]),
    );
    for (const name of new Set([...theirs.keys(), ...shownPositions.keys()])) {
      const quantity = (theirs.get(name) ?? Decimal.zero).toString();
      const shown = shownPositions.get(name) ?? '0';
      if (shown !== quantity) this.#fail('I4', `position ${name}: ${shown} shown, ${quantity} at the venue`);
    }
    const working = this.#ours.filter(isWorking);
    for (const shown of this.#evidence.service.open) {
      if (!working.some((order) => order.clientOrderId === shown.venueClientOrderId))
        this.#fail('I4', `${shown.orderId} is listed as ${shown.status} and does not work at the venue`);
      if (shown.status === 'unknown') this.#fail('I6', `${shown.orderId} is unknown still`);
    }
  }

  /** I4: a drift case for what the world did on its own, and for nothing else. */
  #driftExplained(): void {
    const { drift } = this.#evidence.service;
    const { exchange, ourAccount, staleAnswers, deposits: deposited } = this.#evidence.venue;
    const externalFills = this.#externalFills;
    const isSwapMovedByOthers = externalFills.some(({ marketType }) => marketType === 'swap');
    for (const found of drift) {
      const text = `${found.kind} ${found.subject}: ${found.ours} against ${found.theirs} (${found.detail})`;
      switch (found.kind) {
        case 'external_order':
          if (!this.#external.some((order) => order.venueOrderId === found.subject && isWorking(order)))
            this.#fail('I4', `a drift case without a cause: ${text}`);
          break;
        case 'external_fill':
          if (!externalFills.some((fill) => fill.symbol === found.symbol))
            this.#fail('I4', `a drift case without a cause: ${text}`);
          break;
        case 'balance': {
          const [wallet, asset = ''] = found.subject.split(' ');
          const isMoved = externalFills.some(
            (fill) => drawsOn(fill, wallet) && fill.symbol.split(/[/:]/).includes(asset),
          );
          const isPaidIn = wallet !== 'linear_swap' && deposited.has(asset);
          if (!isPaidIn && !isMoved) this.#fail('I4', `a drift case without a cause: ${text}`);
          break;
        }
        case 'position': {
          const isMoved = externalFills.some(
            ({ symbol, positionSide }) =>
              found.subject === (positionSide === 'net' ? symbol : `${symbol} ${positionSide}`),
          );
          if (!isMoved) this.#fail('I4', `a drift case without a cause: ${text}`);
          break;
        }
        case 'order_contradiction': {
          const shown = this.#shownById.get(found.orderId ?? '');
          if (shown === undefined || !staleAnswers.has(shown.venueClientOrderId))
            this.#fail('I4', `a drift case without a cause: ${text}`);
          break;
        }
        default:
          this.#fail('I4', `a drift case without a cause: ${text}`);
      }
    }
    // Also one that has resolved itself by the end: funding read at another moment than the balance is no difference.
    for (const { type, payload } of this.#evidence.journal) {
      const told = type === 'drift_opened' ? JSON.stringify(payload) : '';
      if (told.includes('"kind":"balance"') && told.includes('linear_swap ') && !isSwapMovedByOthers)
        this.#fail('I4', `a drift case of the swap wallet, which nobody else moves: ${told}`);
    }
    for (const order of exchange.openOrders(ourAccount, {})) {
      if (
        !this.#external.some(
          (other) => other.venueOrderId === order.venueOrderId && other.symbol === order.symbol,
        )
      )
        continue;
      if (!drift.some(({ kind, subject }) => kind === 'external_order' && subject === order.venueOrderId))
        this.#fail('I4', `an order works at the venue that nobody is told of: ${order.venueOrderId}`);
    }
    const firstReading =
      this.#evidence.journal.find(({ type }) => type === 'balances_observed')?.at ?? Infinity;
    const FIRST_READING_MARGIN_MS = 10_000;
    for (const [asset, at] of deposited) {
      if (at < firstReading + FIRST_READING_MARGIN_MS) continue;
      if (!drift.some(({ kind, subject }) => kind === 'balance' && isSpotBalance(subject, asset)))
        this.#fail('I4', `a deposit of ${asset} was papered over`);
    }
    for (const fill of externalFills) {
      if (fill.at < firstReading + FIRST_READING_MARGIN_MS) continue;
      const [base = ''] = fill.symbol.split('/');
      const isShown = drift.some(
        ({ kind, subject }) =>
          (kind === 'external_fill' && subject === fill.symbol) ||
          (kind === 'balance' && isSpotBalance(subject, base)) ||
          (kind === 'position' && fill.marketType === 'swap' && subject.startsWith(fill.symbol)),
      );
      if (!isShown) this.#fail('I4', `an execution on ${fill.symbol} that is not ours was papered over`);
    }
  }

  /** I5: every refusal has a rule, a code, a reason, and where there are figures, both. */
  #refusalsExplained(): void {
    for (const { told, asked } of this.#evidence.calls.places) {
      if (told.kind !== 'denied') continue;
      if (told.refusals.length === 0) this.#fail('I5', `${asked.label} was denied without a refusal`);
      for (const refusal of told.refusals) {
        const isNamed = refusal.rule !== '' && refusal.code !== '' && refusal.detail !== '';
        const hasFigures = refusal.limit !== null && refusal.actual !== null;
        if (!isNamed || (!hasFigures && !WITHOUT_FIGURES.has(refusal.code)))
          this.#fail('I5', `${asked.label} was denied without figures: ${JSON.stringify(refusal)}`);
      }
      if (
        this.#ours.some(
          (order) => order.clientOrderId === this.#shownById.get(told.orderId)?.venueClientOrderId,
        )
      )
        this.#fail('I3', `${told.orderId} was denied and is at the venue`);
    }
  }

  /** I3: while the kill switch is known to be engaged, nothing is accepted that could add risk. */
  #killSwitchHolds(): void {
    for (const { told, asked, arrivedAt, answeredAt } of this.#evidence.calls.places) {
      if (told.kind !== 'accepted' || told.replayed || arrivedAt === null || answeredAt === null) continue;
      const isEngaged = this.#evidence.calls.killSwitch.some(
        ({ from, until }) => arrivedAt > from && answeredAt < until,
      );
      const mayReduce =
        asked.positionSide === 'net'
          ? asked.side === 'sell' || asked.symbol.includes(':')
          : onlyReduces({ ...asked, reduceOnly: false });
      if (isEngaged && !mayReduce) this.#fail('I3', `${asked.label} was accepted under the kill switch`);
    }
  }

  /** I6: an acknowledged cancel has left by the time it is acknowledged, and ends its order. */
  #cancelsWentOut(): void {
    const LONGEST_CANCEL_MS = 5_200;
    for (const call of this.#evidence.calls.cancels) {
      if (call.told === 'broken') this.#fail('I6', `the cancel of ${call.orderId} was answered with a bug`);
      if (call.told !== 'canceling' && call.told !== 'annulled') continue;
      const order = this.#ours.find(({ clientOrderId }) => clientOrderId === call.venueClientOrderId);
      if (order === undefined) continue;
      if (call.told === 'annulled')
        this.#fail('I6', `${call.orderId} was told annulled and is at the venue: ${order.status}`);
      if (isWorking(order)) this.#fail('I6', `${call.orderId} works still after an acknowledged cancel`);
      const { arrivedAt, answeredAt } = call;
      if (arrivedAt === null || answeredAt === null || !call.wasAtWork) continue;
      if (order.createdAt > arrivedAt || order.updatedAt <= answeredAt) continue;
      const hasLeft = this.#evidence.venue.cancels.some(
        ({ clientOrderId, departedAt }) =>
          clientOrderId === call.venueClientOrderId &&
          departedAt >= arrivedAt - LONGEST_CANCEL_MS &&
          departedAt <= answeredAt,
      );
      if (!hasLeft)
        this.#fail('I6', `the cancel of ${call.orderId} was acknowledged at ${answeredAt} and had not left`);
    }
  }
}

/** I2, I4: the status of each order, shown against the venue's; also for a check in the midst of a run. */
export function compareOrders(shown: readonly ShownOrder[], atVenue: readonly Order[]): readonly string[] {
  const violations: string[] = [];
  const byClientId = new Map<string, Order>();
  for (const order of atVenue) {
    const id = order.clientOrderId ?? '';
    // Of a triggered stop, what it became tells how it stands.
    if (byClientId.get(id)?.status !== 'triggered' && order.status === 'triggered' && byClientId.has(id))
      continue;
    byClientId.set(id, order);
  }
  for (const order of shown) {
    const theirs = byClientId.get(order.venueClientOrderId);
    if (theirs === undefined) {
      if (!CLOSED_WITHOUT_VENUE.has(order.status))
        violations.push(`I4: ${order.orderId} is ${order.status} and the venue has no such order`);
    } else if ((theirs.status === 'untriggered' ? 'open' : theirs.status) !== order.status) {
      violations.push(`I4: ${order.orderId} is ${order.status} and at the venue ${theirs.status}`);
    }
  }
  return violations;
}

function isWorking(order: Order): boolean {
  return order.status === 'open' || order.status === 'partially_filled' || order.status === 'untriggered';
}

function textOfShown(fill: ShownFill): string {
  return [fill.tradeId, fill.side, fill.quantity, fill.price, fill.fee, fill.feeAsset ?? ''].join(' ');
}

function textOfFill(fill: Fill, tradeIdShown: VenueTruth['tradeIdShown']): string {
  return [
    tradeIdShown(fill),
    fill.side,
    fill.quantity.toString(),
    fill.price.toString(),
    fill.fee.toString(),
    fill.feeAsset,
  ].join(' ');
}

/** The service's names of the venue's wallets. */
const WALLETS_SHOWN = { spot: 'spot', swap: 'linear_swap', unified: 'unified' } as const;

function drawsOn({ marketType }: Fill, wallet: string | undefined): boolean {
  return wallet === 'unified' || wallet === (marketType === 'swap' ? 'linear_swap' : 'spot');
}

function isSpotBalance(subject: string, asset: string): boolean {
  return subject === `spot ${asset}` || subject === `unified ${asset}`;
}

function positionName(
  position: { readonly symbol: string; readonly positionSide: string } | undefined,
): string {
  return `${position?.symbol ?? ''} ${position?.positionSide ?? ''}`;
}

/** Whether an order can shrink its position only, by what was asked. */
function onlyReduces(asked: {
  readonly side: string;
  readonly positionSide: string;
  readonly reduceOnly: boolean;
}): boolean {
  if (asked.reduceOnly) return true;
  return asked.positionSide !== 'net' && (asked.side === 'sell') === (asked.positionSide === 'long');
}

/** Whether a position came nearer to flat without passing it. */
function isBetween(after: Decimal, before: Decimal): boolean {
  return before.isNegative()
    ? !after.isPositive() && after.greaterThan(before)
    : !after.isNegative() && after.lessThan(before);
}

/** What was bought and is still held, less the fees taken from it; sales of what was there before count for nothing. */
function boughtOf(fills: readonly Fill[]): Decimal {
  return fills.reduce(heldAfter, Decimal.zero);
}

/**
 * By trade; of a self-trade the purchase first, since what is bought in it can be sold in it. Where the venue documents no
 * order within a millisecond, its purchases come before its sales.
 */
function orderOfFills(areSequenced: boolean): (left: Fill, right: Fill) => number {
  return (left, right) => {
    if (left.symbol !== right.symbol) return left.symbol < right.symbol ? -1 : 1;
    if (!areSequenced && left.at !== right.at) return left.at - right.at;
    const difference = BigInt(left.tradeId) - BigInt(right.tradeId);
    if (areSequenced && difference !== 0n) return difference < 0n ? -1 : 1;
    return left.side === right.side ? 0 : left.side === 'buy' ? -1 : 1;
  };
}

function heldAfter(held: Decimal, fill: Fill): Decimal {
  if (fill.side === 'sell') return held.subtract(fill.quantity.min(held));
  return held
    .add(fill.quantity)
    .subtract(fill.symbol.startsWith(`${fill.feeAsset}/`) ? fill.fee : Decimal.zero);
}

/**
 * I3 at every instant: what our orders have bought at the venue and what they still could buy stay within the limit, on each
 * position by itself. Only meaningful while the mark stands still, and on swaps while nobody else trades them.
 */
export class ExposureWatch {
  readonly violations: string[] = [];
  readonly #exchange: Exchange;
  readonly #account: string;
  readonly #tag: string;
  readonly #limit: Decimal;
  readonly #compare: (left: Fill, right: Fill) => number;
  readonly #bought = new Map<string, Fill[]>();

  constructor(
    exchange: Exchange,
    account: string,
    tag: string,
    limit: Decimal,
    options: { readonly watchesSwaps: boolean; readonly fillsAreSequenced: boolean },
  ) {
    this.#exchange = exchange;
    this.#account = account;
    this.#tag = tag;
    this.#limit = limit;
    this.#compare = orderOfFills(options.fillsAreSequenced);
    exchange.subscribe((events) => this.#look(events, options.watchesSwaps));
  }

  #look(events: readonly ExchangeEvent[], watchesSwaps: boolean): void {
    const touched = new Set<string>();
    for (const event of events) {
      if (event.kind !== 'order' || event.order.accountId !== this.#account) continue;
      if (event.order.clientOrderId?.startsWith(this.#tag) !== true) continue;
      touched.add(event.order.symbol);
      const { fill } = event;
      if (fill?.marketType !== 'spot') continue;
      this.#bought.set(fill.symbol, [...(this.#bought.get(fill.symbol) ?? []), fill]);
    }
    for (const symbol of touched) {
      const isSwap = this.#exchange.instrument(symbol)?.marketType === 'swap';
      if (!isSwap) this.#measure(symbol, 'net', this.#heldOf(symbol));
      else if (watchesSwaps)
        for (const { side, quantity } of this.#exchange
          .positions(this.#account)
          .filter((position) => position.symbol === symbol))
          this.#measure(symbol, side, quantity);
    }
  }

  #heldOf(symbol: string): Decimal {
    return boughtOf((this.#bought.get(symbol) ?? []).toSorted(this.#compare));
  }

  #measure(symbol: string, positionSide: string, held: Decimal): void {
    const mark = this.#exchange.market(symbol)?.markPrice ?? Decimal.zero;
    const open = [
      ...this.#exchange.openOrders(this.#account, { symbol }),
      ...this.#exchange.openOrders(this.#account, { symbol, conditional: true }),
    ].filter(
      (order) =>
        order.positionSide === positionSide &&
        order.clientOrderId?.startsWith(this.#tag) === true &&
        !order.reduceOnly,
    );
    const worthOf = (side: 'buy' | 'sell'): Decimal =>
      open
        .filter((order) => order.side === side)
        .reduce((sum, order) => sum.add(order.quantity.subtract(order.filled).multiply(mark)), Decimal.zero);
    const isSwap = this.#exchange.instrument(symbol)?.marketType === 'swap';
    const long = held.multiply(mark).add(worthOf('buy'));
    const short = isSwap ? worthOf('sell').subtract(held.multiply(mark)) : Decimal.zero;
    const worst = long.max(short);
    if (worst.greaterThan(this.#limit))
      this.violations.push(
        `I3: worst case of ${symbol} ${positionSide} is ${worst.toString()} at ${this.#exchange.now()}, the limit ${this.#limit.toString()}`,
      );
  }
}
