/**
 * The venue of a simulated world: the exchange of the simulators under the rules of one venue, what it shows with a lag,
 * and a record of every create and cancel that reached it.
 *
 * Entry point: `SimulatedVenue`. Its clock is the world's. It knows nothing of the service.
 */
import { decimal, type Decimal } from '../../src/core/decimal.ts';
import type { ExchangeEvent } from '../../src/simulators/exchange/event.ts';
import { Exchange } from '../../src/simulators/exchange/exchange.ts';
import type { CancelResult, DoneResult, OrderResult } from '../../src/simulators/exchange/results.ts';
import type { Instrument } from '../../src/simulators/exchange/instrument.ts';
import type { Fill, Order, OrderReference, OrderRequest } from '../../src/simulators/exchange/order.ts';
import {
  judgeRequestLifetime,
  type VenuePolicy,
  type WalletName,
} from '../../src/simulators/exchange/policy.ts';
import { hashText, mix } from '../../src/simulators/exchange/random.ts';
import type { ActsAt, InProcessVenue, SentRequest } from '../../src/simulators/wire/in-process.ts';
import type { WireReply } from '../../src/simulators/wire/wire.ts';
import type { Faults } from './faults.ts';
import { inBaseUnits } from './in-base-units.ts';
import { PriceRecord } from './price-record.ts';
import type { VirtualTime } from './virtual-time.ts';
import type {
  CancelAsked,
  CancelOnWire,
  CreateOnWire,
  SendOnWire,
  VenueOnWire,
} from './wire/venue-on-wire.ts';
import { ON_WIRE, type WorldVenue } from './wire/worlds.ts';
import { asShown, wireOf } from './wire-venue.ts';

/** The account the service trades for. */
export const OUR_ACCOUNT = 'ours';
/** Somebody else, who trades against it. */
export const OTHER_ACCOUNT = 'other';
export const SPOT_SYMBOLS = ['BTC/USDT', 'ETH/USDT'] as const;
export const SWAP_SYMBOL = 'BTC/USDT:USDT';
/** The venue's own coin, in which an account may pay its fees. */
export const FEE_COIN = 'BNB';
export const FEE_COIN_SYMBOL = 'BNB/USDT';
/** How far back stale figures reach. */
export const STALE_FIGURES_MS = 1_500;

export interface VenueSetting {
  readonly venue: WorldVenue;
  readonly seed: number;
  readonly swap: boolean;
  /** Spot and swaps draw on a wallet each, or on one. */
  readonly wallets: 'separate' | 'unified';
  /** Whether our account begins in hedged mode. */
  readonly hedged: boolean;
  /** Of the swap at the start; null: the venue's default. */
  readonly leverage: number | null;
  /** Trade ids are shown as text without order, and executions without a sequence. */
  readonly textTradeIds: boolean;
  /** A triggered stop of a swap goes to work under its own id; else another order is made of it. */
  readonly stopsKeepId: boolean;
  /** Whether a funding payment names the position that it was for. */
  readonly fundingNamesSide: boolean;
  /** Fees are paid in the venue's own coin, for as long as there is enough of it. */
  readonly paysInCoin: boolean;
  readonly balances: readonly {
    readonly wallet: WalletName;
    readonly asset: string;
    readonly amount: string;
  }[];
}

/** As Binance has an account that nobody has set up otherwise. */
export const PLAIN_ACCOUNT = {
  venue: 'binance',
  wallets: 'separate',
  hedged: false,
  leverage: null,
  textTradeIds: false,
  stopsKeepId: false,
  fundingNamesSide: false,
  paysInCoin: false,
} as const satisfies Partial<VenueSetting>;

/** The venue's own rules, but for what the setting says otherwise. */
function policyOf({ venue, wallets, stopsKeepId }: VenueSetting): VenuePolicy {
  const { spot, swap } = ON_WIRE[venue].protocol.policy;
  const isUnified = wallets === 'unified';
  return {
    spot: { ...spot, wallet: isUnified ? 'unified' : spot.wallet },
    swap: {
      ...swap,
      wallet: isUnified ? 'unified' : swap.wallet,
      onTrigger: stopsKeepId ? 'same_order' : swap.onTrigger,
    },
  };
}

/** Few levels: the ladder is liquidity here, not scenery. */
function thin(instrument: Instrument): Instrument {
  return { ...instrument, liquidity: { ...instrument.liquidity, levels: 6 } };
}

export class SimulatedVenue {
  /** In base units, whatever its wire counts in. */
  readonly exchange: Exchange;
  /** Of its own wire. */
  readonly onWire: VenueOnWire;
  readonly setting: VenueSetting;
  readonly creates: CreateOnWire[] = [];
  /** Every create that left over the wire, in the order in which they did. */
  readonly sends: SendOnWire[] = [];
  readonly cancels: CancelOnWire[] = [];
  /** Client order ids of orders whose end was once answered with figures from before their last executions. */
  readonly staleAnswers = new Set<string>();
  /** From a 429 that reached a process until it may ask again. */
  readonly stops: { readonly from: number; readonly until: number }[] = [];
  /** How often the position mode of our account was changed, by whomever. */
  modeSwitches = 0;
  /** The prices of the venue's own coin, each held until the next. */
  readonly coinPrices: Decimal[] = [];
  /** Assets paid in from outside, with the time of the last payment. */
  readonly deposits = new Map<string, number>();
  /** Wallets with their asset out of which the owner has moved something, or between which. */
  readonly movedOut = new Set<string>();
  /** The marks that the venue showed, and the middles of its books. */
  readonly marks: PriceRecord;
  readonly middles: PriceRecord;
  readonly #time: VirtualTime;
  readonly #faults: Faults;
  readonly #listedAt = new Map<string, number>();
  /** In the venue's own units. */
  readonly #ownExchange: Exchange;
  #wire: InProcessVenue | null = null;
  /** The create that the wire carries out at this moment. */
  #placing: CreateOnWire | null = null;
  /** Whether the wire answers a question at this moment. */
  #isReading = false;

  constructor(time: VirtualTime, faults: Faults, setting: VenueSetting) {
    this.#time = time;
    this.#faults = faults;
    this.setting = setting;
    const isWanted = (instrument: Instrument): boolean =>
      SPOT_SYMBOLS.some((symbol) => symbol === instrument.symbol) ||
      (setting.swap && instrument.symbol === SWAP_SYMBOL) ||
      (setting.paysInCoin && instrument.symbol === FEE_COIN_SYMBOL);
    this.onWire = ON_WIRE[setting.venue];
    const { protocol } = this.onWire;
    this.#ownExchange = new Exchange({
      venue: protocol.name,
      instruments: protocol.instruments.filter(isWanted).map(thin),
      policy: policyOf(setting),
      seed: setting.seed,
      limits: true,
      startAt: time.now(),
    });
    this.exchange = inBaseUnits(this.#ownExchange);
    this.exchange.subscribe((events) => this.#noteLags(events));
    this.marks = new PriceRecord(
      this.exchange,
      time.now(),
      (symbol) => this.exchange.market(symbol)?.markPrice ?? null,
    );
    this.middles = new PriceRecord(this.exchange, time.now(), (symbol) => this.#middleOf(symbol));
    this.#register(OUR_ACCOUNT, setting.balances);
    const { spot, swap } = policyOf(setting);
    this.#register(OTHER_ACCOUNT, [
      { wallet: spot.wallet, asset: 'USDT', amount: '100000000' },
      { wallet: spot.wallet, asset: 'BTC', amount: '1000' },
      { wallet: spot.wallet, asset: 'ETH', amount: '10000' },
      { wallet: swap.wallet, asset: 'USDT', amount: '100000000' },
    ]);
    if (setting.swap && setting.leverage !== null)
      this.exchange.setLeverage(time.now(), OUR_ACCOUNT, SWAP_SYMBOL, setting.leverage);
    if (setting.hedged) this.exchange.setHedged(time.now(), OUR_ACCOUNT, true);
    if (setting.paysInCoin) {
      for (const marketType of ['spot', 'swap'] as const)
        this.exchange.setFeeCoin(time.now(), OUR_ACCOUNT, true, marketType);
      const listed = this.exchange.instrument(FEE_COIN_SYMBOL);
      if (listed !== null) this.moveCoin(listed.liquidity.startPrice);
    }
    this.#keepTime();
  }

  #register(accountId: string, balances: VenueSetting['balances']): void {
    this.exchange.registerAccount(this.#time.now(), {
      accountId,
      credentials: this.onWire.credentials(accountId),
      permissions: { trade: true, withdraw: false },
      balances: balances.map(({ wallet, asset, amount }) => ({ wallet, asset, amount: decimal(amount) })),
    });
  }

  /** Markets move and orders expire although nobody asks. */
  #keepTime(): void {
    this.#time.after(
      1_000,
      () => {
        this.exchange.advance(this.#time.now());
        this.#keepTime();
      },
      null,
    );
  }

  /** Of the best prices of a book; null where it has one side or none. */
  #middleOf(symbol: string): Decimal | null {
    const book = this.exchange.book(symbol, 1);
    const [bid, ask] = [book?.bids[0]?.[0], book?.asks[0]?.[0]];
    return bid === undefined || ask === undefined ? null : bid.add(ask).multiply(decimal('0.5'));
  }

  now(): number {
    return this.#time.now();
  }

  instrument(symbol: string): Instrument | null {
    return this.exchange.instrument(symbol);
  }

  /** Judges a signed create as it arrives; null when its time has passed or lies ahead. */
  admit(create: Omit<CreateOnWire, 'arrivedAt' | 'verdict'>, lifetimeMs: number): CreateOnWire | null {
    const entry: CreateOnWire = { ...create, arrivedAt: this.now(), verdict: { kind: 'pending' } };
    this.creates.push(entry);
    const marketType = this.instrument(create.symbol)?.marketType ?? 'spot';
    const verdict = judgeRequestLifetime(this.exchange.policyOf(marketType).requestLifetime, {
      timestampMs: create.signedAt,
      lifetimeMs,
      nowMs: this.now(),
    });
    if (verdict === 'in_time') return entry;
    entry.verdict = { kind: 'timestamp' };
    return null;
  }

  place(entry: CreateOnWire, request: OrderRequest): OrderResult {
    const result = this.exchange.placeOrder(this.now(), OUR_ACCOUNT, request);
    entry.verdict = result.ok
      ? { kind: 'placed', venueOrderId: result.order.venueOrderId }
      : { kind: 'refused', code: result.refusal.code };
    return result;
  }

  // ── The venue's wire ──────────────────────────────────────────────────────────────────────────────────────────

  /** Whether anybody asked over the wire. */
  get isWired(): boolean {
    return this.#wire !== null;
  }

  /** The venue as a client over HTTP and WebSockets meets it. */
  get wire(): InProcessVenue {
    this.#wire ??= wireOf(
      this.onWire.protocol,
      asShown(this.#ownExchange, {
        isReading: () => this.#isReading,
        isListed: (order) => this.#isListed(orderKey(order)),
        listedFills: (fills) => this.#listedFills(fills),
        onPlaced: (result) => this.#notePlaced(result),
        answeredEnd: (result) => this.#answeredEnd(result),
        setHedged: (hedged) => this.setHedged(hedged),
      }),
      this.#time,
      this.setting.seed,
    );
    return this.#wire;
  }

  /** Of the order that a request names; empty where the venue knows no such order. */
  clientOrderIdOf(asked: CancelAsked): string {
    if ('clientOrderId' in asked) return asked.clientOrderId;
    const { conditional = false, symbol, venueOrderId } = asked;
    const symbols = symbol === null ? this.exchange.instruments().map((one) => one.symbol) : [symbol];
    for (const one of symbols) {
      const reference = { symbol: one, venueOrderId, conditional };
      const found = this.exchange.lookUp(this.now(), OUR_ACCOUNT, reference);
      if (found !== null) return found.clientOrderId ?? '';
    }
    return '';
  }

  /** The next request is this create. */
  expectPlacing(entry: CreateOnWire): void {
    this.creates.push(entry);
    this.#placing = entry;
  }

  /** Carries a request out. Nothing else is done at the venue meanwhile. */
  async serve(sent: SentRequest, acts: ActsAt): Promise<WireReply> {
    this.#isReading = sent.method === 'GET';
    const answering = this.wire.answer(sent, acts);
    this.#isReading = false;
    const entry = this.#placing;
    this.#placing = null;
    const reply = await answering;
    if (entry?.verdict.kind === 'pending') {
      // It did not come as far as the exchange: its time had passed, or the venue did not take its form.
      const code = this.onWire.refusalIn(reply);
      entry.verdict = code === 'timestamp' ? { kind: 'timestamp' } : { kind: 'refused', code };
    }
    return reply;
  }

  #notePlaced(result: OrderResult): void {
    if (this.#placing === null) return;
    this.#placing.verdict = result.ok
      ? { kind: 'placed', venueOrderId: result.order.venueOrderId }
      : { kind: 'refused', code: result.refusal.code };
  }

  #answeredEnd(result: CancelResult): CancelResult {
    if (!this.onWire.cancelShowsFigures) return result;
    if (!result.ok || !this.#faults.chance(this.#faults.rates.staleFigures)) return result;
    const { order } = result;
    const filled = this.filledBefore(order, STALE_FIGURES_MS);
    if (filled.equals(order.filled)) return result;
    this.staleAnswers.add(order.clientOrderId ?? '');
    return { ...result, order: { ...order, filled } };
  }

  /** The price of the venue's own coin is this one until it is moved again. */
  moveCoin(price: Decimal): void {
    this.coinPrices.push(price);
    this.exchange.movePrice(this.now(), FEE_COIN_SYMBOL, [price], true);
  }

  /** Longs pay shorts this share of what they hold; shorts pay where it is negative. */
  settleFunding(symbol: string, rate: Decimal): void {
    this.exchange.settleFunding(this.now(), symbol, rate);
  }

  deposit(asset: string, amount: Decimal): void {
    this.deposits.set(asset, this.now());
    this.exchange.deposit(this.now(), OUR_ACCOUNT, policyOf(this.setting).spot.wallet, asset, amount);
  }

  /** Takes an amount out of the spot wallet; false where the venue refuses it, as it does what is not free. */
  withdraw(asset: string, amount: Decimal): boolean {
    const { wallet } = policyOf(this.setting).spot;
    const result = this.exchange.deposit(this.now(), OUR_ACCOUNT, wallet, asset, amount.negate());
    if (result.ok) this.movedOut.add(`${wallet} ${asset}`);
    return result.ok;
  }

  /** From one wallet to the other; false where the venue refuses it. */
  transfer(asset: string, amount: Decimal, [from, to]: readonly [WalletName, WalletName]): boolean {
    const result = this.exchange.transfer(this.now(), OUR_ACCOUNT, asset, amount, from, to);
    if (result.ok) for (const wallet of [from, to]) this.movedOut.add(`${wallet} ${asset}`);
    return result.ok;
  }

  /** Long and short side by side, or one net position; refused while a swap is held or ordered. */
  setHedged(hedged: boolean): DoneResult {
    const before = this.exchange.isHedged(OUR_ACCOUNT);
    const result = this.exchange.setHedged(this.now(), OUR_ACCOUNT, hedged);
    if (result.ok && before !== hedged) this.modeSwitches += 1;
    return result;
  }

  /** Ends every swap order and position of our account, as its owner does at the venue itself. */
  flattenSwaps(): void {
    const { exchange } = this;
    for (const conditional of [false, true])
      exchange.cancelAll(this.now(), OUR_ACCOUNT, { symbol: SWAP_SYMBOL, conditional });
    for (const { symbol, side, quantity } of exchange.positions(OUR_ACCOUNT)) {
      if (quantity.isZero()) continue;
      exchange.placeOrder(this.now(), OUR_ACCOUNT, {
        symbol,
        side: quantity.isPositive() ? 'sell' : 'buy',
        positionSide: side,
        type: 'market',
        quantity: quantity.abs(),
        ...(side === 'net' ? { reduceOnly: true } : {}),
      });
    }
  }

  /** The id that the venue shows for a trade: the exchange's own count, or a text that says nothing of it. */
  tradeIdShown({ symbol, tradeId }: Pick<Fill, 'symbol' | 'tradeId'>): string {
    if (!this.setting.textTradeIds) return this.onWire.tradeIdShown({ symbol, tradeId });
    const { seed } = this.setting;
    const [one, other] = ['one', 'other'].map((salt) =>
      mix(hashText(`${salt} ${symbol} ${tradeId}`) ^ mix(seed)),
    );
    return `t-${one?.toString(36)}-${other?.toString(36)}`;
  }

  cancel(reference: OrderReference): CancelResult {
    return this.exchange.cancelOrder(this.now(), OUR_ACCOUNT, reference);
  }

  // ── What is shown, once it is listed ─────────────────────────────────────────────────────────────────────────

  #noteLags(events: readonly ExchangeEvent[]): void {
    for (const event of events) {
      if (event.kind !== 'order' || event.order.accountId !== OUR_ACCOUNT) continue;
      if (event.change === 'accepted') {
        const lagMs = this.#faults.lagMs();
        if (lagMs > 0) this.#listedAt.set(orderKey(event.order), this.#time.now() + lagMs);
      }
      if (event.fill !== null) {
        const lagMs = this.#faults.lagMs();
        if (lagMs > 0) this.#listedAt.set(fillKeyOf(event.fill), this.#time.now() + lagMs);
      }
    }
  }

  #isListed(key: string): boolean {
    return (this.#listedAt.get(key) ?? 0) <= this.now();
  }

  lookUp(reference: OrderReference): Order | null {
    const order = this.exchange.lookUp(this.now(), OUR_ACCOUNT, reference);
    return order !== null && this.#isListed(orderKey(order)) ? order : null;
  }

  openOrders(): readonly Order[] {
    return this.#open().filter((order) => this.#isListed(orderKey(order)));
  }

  #open(): readonly Order[] {
    return [
      ...this.exchange.openOrders(OUR_ACCOUNT, {}),
      ...this.exchange.openOrders(OUR_ACCOUNT, { conditional: true }),
    ];
  }

  /** Every order on a symbol created since `sinceMs`, finished ones too. */
  history(symbol: string, sinceMs: number, conditional: boolean): readonly Order[] {
    return this.exchange
      .orders(this.now(), OUR_ACCOUNT, { symbol, sinceMs, conditional })
      .filter((order) => this.#isListed(orderKey(order)));
  }

  /** Executions by trade id, up to the first that is not listed yet, so that nothing is ever passed over. */
  fills(symbol: string, from: { readonly fromTradeId?: string; readonly sinceMs?: number }): readonly Fill[] {
    const fills = this.exchange
      .fills(OUR_ACCOUNT, { symbol, ...from })
      .toSorted((left, right) => Number(BigInt(left.tradeId) - BigInt(right.tradeId)));
    return this.#listedFills(fills);
  }

  #listedFills(fills: readonly Fill[]): readonly Fill[] {
    const firstHidden = new Map<string, bigint>();
    for (const fill of fills) {
      const hidden = firstHidden.get(fill.symbol);
      const id = BigInt(fill.tradeId);
      if (!this.#isListed(fillKeyOf(fill)) && (hidden === undefined || id < hidden))
        firstHidden.set(fill.symbol, id);
    }
    // Both sides of a self-trade share its id: neither is shown before the other.
    return fills.filter(
      ({ symbol, tradeId }) => BigInt(tradeId) < (firstHidden.get(symbol) ?? BigInt(tradeId) + 1n),
    );
  }

  /** The quantity of an order that had been filled `ageMs` ago. */
  filledBefore(order: Order, ageMs: number): Decimal {
    const recent = this.exchange
      .fills(OUR_ACCOUNT, { symbol: order.symbol, venueOrderId: order.venueOrderId })
      .filter((fill) => fill.at > this.now() - ageMs);
    return recent.reduce((left, fill) => left.subtract(fill.quantity), order.filled);
  }
}

function orderKey(order: Order): string {
  return `order ${order.symbol} ${order.conditional ? 'conditional ' : ''}${order.venueOrderId}`;
}

function fillKeyOf(fill: Fill): string {
  return `fill ${fill.symbol} ${fill.venueOrderId} ${fill.tradeId}`;
}
