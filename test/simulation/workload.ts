/**
 * Seeded callers: they place, repeat, cancel and misuse through the service's own face, move markets and trade at the
 * venue behind the service's back.
 *
 * Entry point: `Workload`. A call travels to a process like anything else: it is lost when the process is dead.
 */
import { decimal, Decimal } from '../../src/core/decimal.ts';
import { clientOrderId, instrumentSymbol, orderId } from '../../src/core/ids.ts';
import type { OrderType } from '../../src/core/order/terms.ts';
import type { KillSwitchChange } from '../../src/core/risk/kill-switch.ts';
import type { TradingStateChange } from '../../src/core/risk/trading-state.ts';
import type { TradingState } from '../../src/core/risk/trading-state-record.ts';
import { EngineUnavailable, type PlaceAnswer, type PlaceIntent } from '../../src/engine/desk.ts';
import type { OrderRequest } from '../../src/simulators/exchange/order.ts';
import type { Random } from '../../src/simulators/exchange/random.ts';
import type {
  Asked,
  CallLog,
  CancelCall,
  KillSwitchWindow,
  PlaceCall,
  TradingStateWindow,
  Answered,
} from './answers.ts';
import { FEE_COIN_SYMBOL, OTHER_ACCOUNT, OUR_ACCOUNT, SPOT_SYMBOLS, SWAP_SYMBOL } from './venue.ts';
import type { Seat, SeatProcess } from './seat.ts';
import type { WorldVenue } from './wire/worlds.ts';

/** Base units of a small order, in lots. */
const LOTS: Readonly<Record<string, { readonly scale: number; readonly most: number }>> = {
  'BTC/USDT': { scale: 5, most: 4_000 },
  'ETH/USDT': { scale: 4, most: 10_000 },
  'BTC/USDT:USDT': { scale: 3, most: 40 },
};

const ORDER_KINDS = [
  'limit',
  'limit',
  'limit',
  'market',
  'market',
  'ioc',
  'fok',
  'post',
  'cost',
  'raw',
] as const;
const STOP_KINDS = [...ORDER_KINDS, 'stop_market', 'stop_limit', 'stop_limit'] as const;
type OrderKind = (typeof STOP_KINDS)[number];

/** How often the position mode of the account is changed where it is, on average. */
const SWITCH_EVERY_MS = 4_000;
/** After a thaw, calls that are long over are still taken for under way until their answers are read. */
const SETTLING_AFTER_THAW_MS = 1_000;

interface Accepted {
  readonly orderId: string;
  readonly venueClientOrderId: string;
  readonly symbol: string;
}

type Failed = Extract<Answered, { kind: 'unavailable' | 'broken' }>;

const NO_ANSWER: Answered = { kind: 'broken', detail: 'a batch was answered short' };

export class Workload implements Omit<CallLog, 'trespasses'> {
  readonly places: PlaceCall[] = [];
  readonly batches: (readonly string[])[] = [];
  readonly cancels: CancelCall[] = [];
  readonly killSwitch: KillSwitchWindow[] = [];
  readonly tradingStates: TradingStateWindow[] = [];
  readonly #world: Seat;
  readonly #random: Random;
  /** Draws of position sides, apart from the others, so that worlds without them stay as they were. */
  readonly #sides: Random;
  readonly #directions: Random;
  readonly #states: Random;
  readonly #strict: Random;
  readonly #triggers: Random;
  readonly #coin: Random;
  readonly #netting: Random;
  readonly #accepted: Accepted[] = [];
  #asked: { readonly intent: PlaceIntent; readonly asked: Asked }[] = [];
  #count = 0;
  #waiting = 0;
  #ended = false;
  /** Engaged, or not known to be released. */
  #isKillSwitchInUse = false;
  #releasesAsked = 0;
  #externalOrders = 0;

  constructor(world: Seat) {
    this.#world = world;
    this.#random = world.stream('callers');
    this.#sides = world.stream('position sides');
    this.#directions = world.stream('trigger directions');
    this.#states = world.stream('trading states');
    this.#strict = world.stream('strict limits');
    this.#triggers = world.stream('trigger sources');
    this.#coin = world.stream('fee coin');
    this.#netting = world.stream('netting');
  }

  /** Ids of the orders that were accepted, the oldest first. */
  get acceptedIds(): readonly string[] {
    return this.#accepted.map(({ orderId: id }) => id);
  }

  /** Calls that have had no answer yet and whose process lives. */
  get waiting(): number {
    return this.#waiting;
  }

  begin(): void {
    this.#repeat(this.#world.setting.callEveryMs, () => this.#act());
    this.#repeat(this.#world.setting.callEveryMs * 2, () => this.#tradeAgainst());
    if (!this.#world.setting.pinned)
      this.#repeat(this.#world.setting.venue.stopsKeepId ? 600 : 2_500, () => this.#moveMarket());
    if (this.#world.setting.venue.paysInCoin && !this.#world.setting.pinned) this.#moveCoinLater();
    if (this.#world.setting.venue.swap) this.#repeat(500, () => this.#settleFunding());
    if (this.#world.setting.externals) this.#repeat(2_000, () => this.#actBehindTheBack());
    const { externalEveryMs } = this.#world.setting;
    if (externalEveryMs !== null) this.#repeat(externalEveryMs, () => this.tradeExternally());
    const { modeSwitchedBy } = this.#world.setting;
    if (modeSwitchedBy !== null) this.#repeatSwitch(modeSwitchedBy);
    if (this.#world.setting.tradingStates) this.#tightenLater();
    if (Object.keys(this.#world.setting.strictLimits).length > 0) this.#testLimitsLater();
    if (this.#world.setting.venue.swap && this.#world.hasControls) this.#netLater();
  }

  /** Now and then a caller without a client id sends the same again at once, and another asks for too little or too far. */
  #testLimitsLater(): void {
    this.#world.time.after(
      200 + this.#strict.below(1_600),
      () => {
        if (this.#ended) return;
        const intent = { ...this.#intent(), clientOrderId: null, idempotency: null };
        switch (this.#strict.below(4)) {
          case 0:
            this.#place({ ...intent, quantity: decimal('0.00001'), cost: null });
            break;
          case 1:
            this.#place({
              ...intent,
              ...this.#shape(intent.symbol, 'buy', 'limit'),
              price: decimal('90000000'),
            });
            break;
          default:
            this.#place(intent);
            this.#world.time.after(20 + this.#strict.below(400), () => this.#place(intent), null);
        }
        this.#testLimitsLater();
      },
      null,
    );
  }

  end(): void {
    this.#ended = true;
  }

  #repeat(meanMs: number, action: () => void): void {
    this.#world.time.after(
      1 + this.#random.below(2 * meanMs),
      () => {
        if (this.#ended) return;
        action();
        this.#repeat(meanMs, action);
      },
      null,
    );
  }

  #below(bound: number): number {
    return this.#random.below(bound);
  }

  // ── Through the face ─────────────────────────────────────────────────────────────────────────────────────────

  #act(): void {
    const choice = this.#below(100);
    if (choice < 55) this.#placeNew();
    else if (choice < 67) this.#repeatEarlier(false);
    else if (choice < 70) this.#repeatEarlier(true);
    else if (choice < 90) this.#cancelSome();
    else if (choice < 92) this.#burst();
    else if (choice < 94) this.#allOrNone();
    else if (choice < 95) this.#twoAtOnce();
    else if (choice < 97) this.#placeInvalid();
    else if (choice < 98) this.#toggleKillSwitch();
    else this.#cancelAllKnown();
  }

  #placeNew(): void {
    const intent = this.#intent();
    this.#place(intent);
    // Some callers change their mind at once, whatever has become of the order.
    if (this.#below(5) === 0) this.#cancelSoon(intent);
  }

  #burst(): void {
    const symbol = this.#symbol();
    for (let count = 0; count < 6; count += 1) {
      const intent = this.#intent();
      const position = this.#position(symbol, 'buy', intent.reduceOnly);
      this.#place({
        ...intent,
        ...this.#shape(symbol, position.side, 'limit'),
        ...position,
        symbol: instrumentSymbol(symbol),
      });
    }
  }

  /** Some batches fit, some pass a limit or the balance together. */
  #allOrNone(): void {
    const process = this.#world.front();
    if (process === undefined) return;
    const intents = Array.from({ length: 2 + this.#below(4) }, () => this.#intent());
    const calls = intents.map((intent) => this.#called(process, intent));
    this.batches.push(calls.map(({ asked }) => asked.label));
    this.#ask(
      process,
      () => {
        for (const call of calls) call.arrivedAt = this.#world.time.now();
        return this.#world.deskOf(process).orders.placeAll(intents);
      },
      (answers) => ({ kind: 'answers' as const, answer: answers.map(answerOf) }),
      (outcome) => {
        for (const [index, call] of calls.entries())
          this.#settle(call, outcome.kind === 'answers' ? (outcome.answer[index] ?? NO_ANSWER) : outcome);
      },
    );
  }

  #twoAtOnce(): void {
    const intent = { ...this.#intent(), idempotency: this.#newKey() };
    this.#place(intent);
    this.#place(intent);
  }

  /** The same key again: with the same content one request, with other content a conflict. */
  #repeatEarlier(otherContent: boolean): void {
    const earlier = this.#asked[this.#below(Math.max(1, this.#asked.length))];
    if (earlier === undefined || earlier.intent.idempotency === null) return;
    const { key, contentHash } = earlier.intent.idempotency;
    this.#place(
      otherContent
        ? { ...earlier.intent, side: 'buy', idempotency: { key, contentHash: `${contentHash}-other` } }
        : earlier.intent,
    );
  }

  #placeInvalid(): void {
    const intent = this.#intent();
    switch (this.#below(5)) {
      case 0:
        this.#place({ ...intent, quantity: decimal('0.000000001'), cost: null });
        return;
      case 1:
        this.#place({
          ...intent,
          ...this.#shape(intent.symbol, 'buy', 'limit'),
          price: decimal('60000.001'),
        });
        return;
      case 2:
        this.#place({ ...intent, quantity: decimal('5000'), cost: null });
        return;
      case 3:
        this.#place({ ...intent, reduceOnly: true });
        return;
      default:
        this.#place({ ...intent, symbol: instrumentSymbol('NO/USDT') });
    }
  }

  #toggleKillSwitch(): void {
    const process = this.#world.front();
    if (process === undefined || this.#isKillSwitchInUse || !this.#world.hasControls) return;
    this.#isKillSwitchInUse = true;
    const { time, trace } = this.#world;
    const releasesBefore = this.#releasesAsked;
    const setTo = (engaged: boolean): void => {
      trace(`kill switch ${engaged ? 'engaged' : 'released'}`);
      process.engine.controls.setKillSwitch(killSwitch(engaged)).then(
        () => {
          // A release that was asked for before this was acknowledged may have come after it.
          if (this.#releasesAsked === releasesBefore)
            this.killSwitch.push({ from: time.now(), until: Number.POSITIVE_INFINITY });
        },
        (error: unknown) => trace(`the kill switch was not set: ${String(error)}`),
      );
    };
    this.#send(process, () => setTo(true));
    this.#world.time.after(800, () => this.#releaseKillSwitch(), null);
  }

  #releaseKillSwitch(): void {
    const process = this.#world.front();
    const again = (): void => {
      if (!this.#ended) this.#world.time.after(500, () => this.#releaseKillSwitch(), null);
    };
    if (process === undefined) {
      again();
      return;
    }
    this.#releasesAsked += 1;
    for (const window of this.killSwitch) window.until = Math.min(window.until, this.#world.time.now());
    this.#send(process, () => {
      process.engine.controls.setKillSwitch(killSwitch(false)).then(() => {
        this.#isKillSwitchInUse = false;
      }, again);
    });
  }

  /** Now and then somebody makes a trading state stricter, and an administrator takes it back. */
  #tightenLater(): void {
    this.#world.time.after(
      500 + this.#states.below(2_500),
      () => {
        if (!this.#ended) this.#tighten();
      },
      null,
    );
  }

  #tighten(): void {
    const { time, trace, venue } = this.#world;
    const state = this.#states.below(2) === 0 ? 'reduce_only' : 'halted';
    const symbols = [null, ...this.#world.venue.exchange.instruments().map(({ symbol }) => symbol)];
    const symbol = symbols[this.#states.below(symbols.length)] ?? null;
    const process = this.#world.front();
    if (process === undefined) {
      this.#tightenLater();
      return;
    }
    this.#send(process, () => {
      process.engine.controls.setTradingState(tradingState(venue.setting.venue, symbol, state, null)).then(
        (answer) => {
          trace(`${symbol ?? 'all'} is ${state}: ${answer.kind}`);
          if (answer.kind === 'trading_state_set')
            this.tradingStates.push({
              from: time.now(),
              until: Number.POSITIVE_INFINITY,
              state,
              symbol,
              venue: venue.setting.venue,
            });
        },
        (error: unknown) => trace(`the trading state was not set: ${String(error)}`),
      );
    });
    time.after(400 + this.#states.below(600), () => this.#loosen(symbol), null);
  }

  /** With the version that it has by then; asked again until it is taken. */
  #loosen(symbol: string | null): void {
    const process = this.#world.front();
    const again = (): void => {
      this.#world.time.after(500, () => this.#loosen(symbol), null);
    };
    if (process === undefined) {
      again();
      return;
    }
    const { time, venue } = this.#world;
    const closeWindows = (at: number): void => {
      for (const window of this.tradingStates)
        if (window.symbol === symbol) window.until = Math.min(window.until, at);
    };
    let askedAt = Number.POSITIVE_INFINITY;
    this.#send(process, () => {
      const { books, controls } = process.engine;
      books
        .tradingStates({ accountId: null, instrument: null, strategy: null })
        .then(async ({ value: { stored } }) => {
          const found = stored.find(({ scope }) =>
            symbol === null
              ? scope.kind === 'portfolio'
              : scope.kind === 'instrument' && scope.symbol === symbol,
          );
          closeWindows(time.now());
          askedAt = time.now();
          return controls.setTradingState(
            tradingState(venue.setting.venue, symbol, 'active', found?.version ?? 0),
          );
        })
        .then(({ kind }) => {
          // One whose own answer came only now began before this call.
          closeWindows(askedAt);
          if (kind === 'trading_state_set' || kind === 'trading_state_unchanged') this.#tightenLater();
          else again();
        }, again);
    });
  }

  /** Now and then somebody nets what callers hold against one another on the swap: each has a tag of its own. */
  #netLater(): void {
    const { time, trace } = this.#world;
    time.after(
      800 + this.#netting.below(4_000),
      () => {
        if (this.#ended) return;
        const process = this.#world.front();
        if (process !== undefined)
          this.#send(process, () => {
            process.engine.controls.netStrategyBooks({}, 'somebody').then(
              (outcomes) => trace(`netted: ${outcomes.map(({ kind }) => kind).join(' ') || 'nothing'}`),
              (error: unknown) => trace(`nothing was netted: ${String(error)}`),
            );
          });
        this.#netLater();
      },
      null,
    );
  }

  #cancelSome(): void {
    const { length } = this.#accepted;
    if (length === 0) return;
    // Mostly recent ones; now and then one from long ago.
    const index = this.#below(4) === 0 ? this.#below(length) : length - 1 - this.#below(Math.min(length, 5));
    const target = this.#accepted[index];
    if (target === undefined) return;
    this.#cancel(target);
    if (this.#below(4) === 0) this.#cancel(target);
  }

  #cancelAllKnown(): void {
    for (const target of this.#accepted.slice(-15)) this.#cancel(target);
  }

  #cancelSoon(intent: PlaceIntent): void {
    this.#world.time.after(
      this.#below(30),
      () => {
        const call = this.places.findLast(({ asked }) => asked.label === intent.strategy);
        if (call !== undefined && call.answer.kind === 'accepted')
          this.#cancel({ ...call.answer, symbol: call.asked.symbol });
      },
      null,
    );
  }

  /** One small order away from the market, through a given process. */
  placeResting(process: SeatProcess, symbol: string, price: Decimal): PlaceCall {
    const shape = this.#shape(symbol, 'buy', 'limit');
    const quantity = decimal(symbol.startsWith('BTC') ? '0.0002' : '0.004');
    return this.#placeAt(process, {
      ...this.#intent(),
      ...shape,
      symbol: instrumentSymbol(symbol),
      positionSide: 'net',
      reduceOnly: false,
      price,
      quantity,
    });
  }

  #place(intent: PlaceIntent): void {
    const process = this.#world.front();
    this.#asked = [...this.#asked.slice(-40), { intent, asked: askedOf(intent) }];
    if (process !== undefined) this.#placeAt(process, intent);
  }

  #placeAt(process: SeatProcess, intent: PlaceIntent): PlaceCall {
    const call = this.#called(process, intent);
    const ask = (): Promise<PlaceAnswer> => {
      call.arrivedAt = this.#world.time.now();
      return this.#world.deskOf(process).orders.place(intent);
    };
    this.#ask(process, ask, answerOf, (answer: Answered) => this.#settle(call, answer));
    return call;
  }

  #called(process: SeatProcess, intent: PlaceIntent): PlaceCall {
    const asked = askedOf(intent);
    const call: PlaceCall = {
      asked,
      at: this.#world.time.now(),
      process: process.gate.name,
      arrivedAt: null,
      answeredAt: null,
      answer: { kind: 'nothing' },
    };
    this.places.push(call);
    this.#world.trace(`call ${asked.label} key ${asked.key ?? '-'}: ${describe(asked)}`);
    return call;
  }

  #settle(call: PlaceCall, answer: Answered): void {
    const { asked } = call;
    call.answer = answer;
    call.answeredAt = this.#world.time.now();
    this.#world.trace(`answered ${asked.label}: ${JSON.stringify(answer)}`);
    if (answer.kind === 'accepted') this.#accepted.push({ ...answer, symbol: asked.symbol });
  }

  #cancel(target: Accepted): void {
    const world = this.#world;
    const process = world.front();
    if (process === undefined) return;
    const { orderId: order, venueClientOrderId, symbol } = target;
    const call: CancelCall = {
      orderId: order,
      venueClientOrderId,
      symbol,
      at: world.time.now(),
      process: process.gate.name,
      arrivedAt: null,
      answeredAt: null,
      wasAtWork: false,
      answer: 'nothing',
    };
    this.cancels.push(call);
    world.trace(`cancel call ${target.orderId} (${target.venueClientOrderId})`);
    this.#ask(
      process,
      () => {
        call.arrivedAt = world.time.now();
        call.wasAtWork =
          process.connections.isStarted && world.time.now() - process.gate.thawedAt > SETTLING_AFTER_THAW_MS;
        return this.#world.deskOf(process).orders.cancel(orderId(target.orderId), 'caller');
      },
      (answer) => answer.kind,
      (answer) => {
        call.answer = typeof answer === 'string' ? answer : answer.kind;
        call.answeredAt = world.time.now();
        world.trace(`answered cancel ${target.orderId}: ${call.answer}`);
      },
    );
  }

  /** A question on its way to a process, and its answer on the way back, which outlives the process. */
  #ask<Answer, Words>(
    process: SeatProcess,
    ask: () => Promise<Answer>,
    words: (answer: Answer) => Words,
    settle: (answer: Words | Failed) => void,
  ): void {
    const { time } = this.#world;
    this.#send(process, () => {
      this.#waiting += 1;
      const forget = process.gate.onDeath(() => {
        this.#waiting -= 1;
      });
      const back = (answer: Words | Failed): void => {
        if (process.gate.isDead) return;
        forget();
        this.#waiting -= 1;
        time.after(1, () => settle(answer), null);
      };
      ask().then(
        (answer) => back(words(answer)),
        (error: unknown) =>
          back(
            error instanceof EngineUnavailable
              ? { kind: 'unavailable', reason: error.reason, isInDoubt: error.orderInDoubt !== null }
              : { kind: 'broken', detail: String(error) },
          ),
      );
    });
  }

  #send(process: SeatProcess, arrive: () => void): void {
    this.#world.time.after(1 + this.#below(3), arrive, process.gate);
  }

  // ── Orders ───────────────────────────────────────────────────────────────────────────────────────────────────

  #symbol(): string {
    const { swap } = this.#world.setting.venue;
    return swap && this.#below(2) === 0 ? SWAP_SYMBOL : this.#spotSymbol();
  }

  #spotSymbol(): string {
    return SPOT_SYMBOLS[this.#below(SPOT_SYMBOLS.length)] ?? SPOT_SYMBOLS[0];
  }

  #newKey(): NonNullable<PlaceIntent['idempotency']> {
    return { key: `${this.#world.keyPrefix}key-${this.#count}`, contentHash: `content-${this.#count}` };
  }

  #intent(): PlaceIntent {
    this.#count += 1;
    const symbol = this.#symbol();
    const side = this.#below(100) < 58 ? 'buy' : 'sell';
    const kinds = this.#world.setting.stops ? STOP_KINDS : ORDER_KINDS;
    const drawn = kinds[this.#below(kinds.length)] ?? 'limit';
    const isSwap = symbol === SWAP_SYMBOL;
    const kind = isSwap && drawn === 'cost' ? 'market' : drawn;
    const key = this.#below(3) === 0 ? null : this.#newKey();
    const reduceOnly = isSwap && this.#below(4) === 0;
    const position = this.#position(symbol, side, reduceOnly);
    return {
      accountId: this.#world.accountId,
      clientOrderId: key === null ? null : clientOrderId(key.key),
      symbol: instrumentSymbol(symbol),
      positionSide: position.positionSide,
      expiresAt: null,
      reduceOnly: position.reduceOnly,
      sendWithinMs: null,
      strategy: `call-${this.#count}`,
      requestedBy: 'caller',
      idempotency: key,
      ...this.#shape(symbol, position.side, kind),
    };
  }

  /**
   * Which position an order trades: mostly one that the account has, and now and then one that its mode does not know. In
   * hedged mode it opens more often than it closes, and is seldom marked reduce-only, rightly or wrongly.
   */
  #position(
    symbol: string,
    side: 'buy' | 'sell',
    reduceOnly: boolean,
  ): Pick<PlaceIntent, 'positionSide' | 'side' | 'reduceOnly'> {
    const { setting, venue } = this.#world;
    const net = { positionSide: 'net', side, reduceOnly } as const;
    if (!setting.venue.swap) return net;
    const positionSide = this.#sides.below(2) === 0 ? 'long' : 'short';
    const isOpening = this.#sides.below(5) < 3;
    const isUnknown = this.#sides.below(20) === 0;
    const isReduceOnly = this.#sides.below(8) === 0;
    const isHedged = symbol === SWAP_SYMBOL && venue.exchange.isHedged(OUR_ACCOUNT);
    if (!isHedged) return isUnknown ? { ...net, positionSide } : net;
    if (isUnknown) return net;
    return {
      positionSide,
      side: isOpening === (positionSide === 'long') ? 'buy' : 'sell',
      reduceOnly: isReduceOnly,
    };
  }

  #shape(
    symbol: string,
    side: 'buy' | 'sell',
    kind: OrderKind,
  ): Pick<
    PlaceIntent,
    | 'stopPrice'
    | 'trigger'
    | 'type'
    | 'side'
    | 'quantity'
    | 'cost'
    | 'price'
    | 'timeInForce'
    | 'postOnly'
    | 'marketProtectionBps'
  > {
    const lots = LOTS[symbol] ?? { scale: 4, most: 1_000 };
    const quantity = Decimal.of(BigInt(lots.most / 20 + this.#below(lots.most)), lots.scale);
    const shape = {
      type: 'limit',
      side,
      quantity,
      cost: null,
      price: this.#price(symbol, side, kind),
      stopPrice: null,
      trigger: null,
      timeInForce: 'GTC',
      postOnly: false,
      marketProtectionBps: null,
    } as const;
    switch (kind) {
      case 'limit':
        return shape;
      case 'post':
        return { ...shape, postOnly: true };
      case 'ioc':
        return { ...shape, timeInForce: 'IOC' };
      case 'fok':
        return { ...shape, timeInForce: 'FOK' };
      case 'market':
        return { ...shape, type: 'market', price: null };
      case 'raw':
        return { ...shape, type: 'market', price: null, marketProtectionBps: 0 };
      case 'stop_market':
        return { ...shape, price: null, ...this.#trigger(symbol, side, 'market') };
      case 'stop_limit':
        return { ...shape, ...this.#trigger(symbol, side, 'limit') };
      case 'cost':
        return {
          ...shape,
          type: 'market',
          side: 'buy',
          price: null,
          quantity: null,
          cost: decimal(`${20 + this.#below(400)}.5`),
        };
    }
  }

  /** A stop price near the market, on either side of it, and mostly the type that waits on that side. */
  #trigger(
    symbol: string,
    side: 'buy' | 'sell',
    how: 'market' | 'limit',
  ): { readonly type: OrderType; readonly stopPrice: Decimal; readonly trigger: 'last' | 'mark' } {
    const bps = 5 + this.#below(60);
    const isAbove = this.#below(2) === 0;
    const isWrongSide = this.#directions.below(10) === 0;
    const isStop = (isAbove === (side === 'buy')) !== isWrongSide;
    return {
      type: `${isStop ? 'stop' : 'take_profit'}_${how}`,
      stopPrice: this.#awayFromMid(symbol, isAbove ? bps : -bps),
      trigger: symbol === SWAP_SYMBOL && this.#triggers.below(3) === 0 ? 'mark' : 'last',
    };
  }

  /** Mostly at the market, sometimes deep in it or far away from it. */
  #price(symbol: string, side: 'buy' | 'sell', kind: OrderKind): Decimal {
    const isTaking = kind === 'ioc' || kind === 'fok' || (kind === 'limit' && this.#below(3) === 0);
    const distance = this.#below(4) === 0 ? 30 + this.#below(200) : this.#below(3);
    const bps = isTaking ? 5 + this.#below(20) : -distance;
    return this.#awayFromMid(symbol, side === 'buy' ? bps : -bps);
  }

  /** On the instrument's grid. */
  #awayFromMid(symbol: string, bps: number): Decimal {
    const { exchange } = this.#world.venue;
    const mid = exchange.market(symbol)?.markPrice ?? Decimal.one;
    const tick = exchange.instrument(symbol)?.priceTick ?? Decimal.one;
    return mid.multiply(Decimal.of(BigInt(10_000 + bps), 4)).roundToMultipleOf(tick, 'down');
  }

  // ── At the venue ─────────────────────────────────────────────────────────────────────────────────────────────

  /** Somebody takes from the top of the book, and so fills our orders there. */
  #tradeAgainst(): void {
    const { venue, time } = this.#world;
    const symbol = this.#symbol();
    const lots = LOTS[symbol] ?? { scale: 4, most: 1_000 };
    venue.exchange.placeOrder(time.now(), OTHER_ACCOUNT, {
      symbol,
      side: this.#below(2) === 0 ? 'buy' : 'sell',
      type: 'market',
      quantity: Decimal.of(BigInt(lots.most / 10 + this.#below(2 * lots.most)), lots.scale),
    });
  }

  #moveMarket(): void {
    const { venue, time, trace } = this.#world;
    const symbol = this.#symbol();
    const bps = this.#below(161) - 80;
    const to = this.#awayFromMid(symbol, bps);
    trace(`market ${symbol} moves to ${to.toString()}`);
    venue.exchange.movePrice(time.now(), symbol, [to], this.#below(2) === 0);
  }

  /** Every few seconds the venue's own coin, in which fees are paid, costs something else. */
  #moveCoinLater(): void {
    this.#world.time.after(
      1 + this.#coin.below(6_000),
      () => {
        if (this.#ended) return;
        const { venue, trace } = this.#world;
        const price = Decimal.fromInteger(400 + this.#coin.below(400));
        trace(`market ${FEE_COIN_SYMBOL} moves to ${price.toString()}`);
        venue.moveCoin(price);
        this.#moveCoinLater();
      },
      null,
    );
  }

  #settleFunding(): void {
    const { venue, trace } = this.#world;
    const rate = decimal('0.0001').multiply(Decimal.fromInteger(this.#below(7) - 3));
    trace(`funding of ${rate.toString()} on ${SWAP_SYMBOL}`);
    venue.settleFunding(SWAP_SYMBOL, rate);
  }

  /** Every few seconds the account is made flat at the venue, and then its mode is changed. */
  #repeatSwitch(by: 'desk' | 'venue'): void {
    this.#world.time.after(
      SWITCH_EVERY_MS / 2 + this.#sides.below(SWITCH_EVERY_MS),
      () => {
        if (this.#ended) return;
        this.#switchMode(by);
        this.#repeatSwitch(by);
      },
      null,
    );
  }

  #switchMode(by: 'desk' | 'venue'): void {
    const { time, trace, venue } = this.#world;
    const hedged = !venue.exchange.isHedged(OUR_ACCOUNT);
    const process = this.#world.front();
    trace(`the account is made flat, to be ${hedged ? 'hedged' : 'one-way'} by the ${by}`);
    venue.flattenSwaps();
    if (by === 'venue') {
      const result = venue.setHedged(hedged);
      trace(`position mode: ${result.ok ? 'set' : result.refusal.code}`);
      return;
    }
    if (process === undefined) return;
    const change = { setting: 'position_mode', positionMode: hedged ? 'hedged' : 'one_way' } as const;
    time.after(
      1,
      () => {
        process.engine.controls.changeSetting(this.#world.accountId, change, 'caller', 'simulation').then(
          (answer) => trace(`position mode asked for: ${answer.kind}`),
          (error: unknown) => trace(`position mode was not set: ${String(error)}`),
        );
      },
      process.gate,
    );
  }

  /** Somebody else on the same keys opens or closes a side of a hedged account; whether there was one. */
  #tradeASide(clientId: Pick<OrderRequest, 'clientOrderId'>): boolean {
    const { venue, time } = this.#world;
    if (!venue.exchange.isHedged(OUR_ACCOUNT) || this.#sides.below(2) === 0) return false;
    const positionSide = this.#sides.below(2) === 0 ? 'long' : 'short';
    const isOpening = this.#sides.below(2) === 0;
    venue.exchange.placeOrder(time.now(), OUR_ACCOUNT, {
      ...clientId,
      symbol: SWAP_SYMBOL,
      side: isOpening === (positionSide === 'long') ? 'buy' : 'sell',
      positionSide,
      type: 'market',
      quantity: Decimal.of(BigInt(2 + this.#sides.below(6)), 3),
    });
    return true;
  }

  /** Another program on the same keys trades; now and then it gives its order no client id. */
  tradeExternally(): void {
    const { venue, time } = this.#world;
    this.#externalOrders += 1;
    if (this.#tradeASide({ clientOrderId: `bot_${this.#externalOrders}` })) return;
    venue.exchange.placeOrder(time.now(), OUR_ACCOUNT, {
      symbol: this.#spotSymbol(),
      side: this.#externalOrders % 2 === 0 ? 'sell' : 'buy',
      type: 'market',
      quantity: decimal('0.004'),
      ...(this.#below(3) === 0 ? {} : { clientOrderId: `bot_${this.#externalOrders}` }),
    });
  }

  /** The keys' owner does things at the venue itself. */
  #actBehindTheBack(): void {
    const { venue, time, trace } = this.#world;
    const symbol = this.#spotSymbol();
    const at = time.now();
    const choice = this.#below(4);
    trace(`behind the back: ${choice} ${symbol}`);
    const base: Pick<OrderRequest, 'symbol' | 'clientOrderId'> = {
      symbol,
      clientOrderId: `web_${this.#below(1_000_000)}`,
    };
    if (choice < 3 && this.#tradeASide({ clientOrderId: `web_${this.#sides.below(1_000_000)}` })) return;
    switch (choice) {
      case 0: {
        // A sale is often more than was there before, so that it takes what was bought here.
        const isSale = this.#sides.below(2) === 0;
        venue.exchange.placeOrder(at, OUR_ACCOUNT, {
          ...base,
          side: isSale ? 'sell' : 'buy',
          type: 'market',
          quantity: decimal(isSale ? '0.02' : '0.004'),
        });
        return;
      }
      case 1:
        venue.exchange.placeOrder(at, OUR_ACCOUNT, {
          ...base,
          side: 'buy',
          type: 'limit',
          price: this.#price(symbol, 'buy', 'post'),
          quantity: decimal('0.005'),
        });
        return;
      case 2:
        venue.deposit('USDT', decimal('17.25'));
        return;
      default: {
        const [open] = venue.exchange.openOrders(OUR_ACCOUNT, { symbol });
        if (open !== undefined)
          venue.exchange.cancelOrder(at, OUR_ACCOUNT, { symbol, venueOrderId: open.venueOrderId });
      }
    }
  }
}

function askedOf(intent: PlaceIntent): Asked {
  return {
    label: intent.strategy ?? '',
    symbol: intent.symbol,
    side: intent.side,
    positionSide: intent.positionSide,
    reduceOnly: intent.reduceOnly,
    type: intent.type,
    quantity: intent.quantity?.toString() ?? null,
    cost: intent.cost?.toString() ?? null,
    price: intent.price?.toString() ?? null,
    stopPrice: intent.stopPrice?.toString() ?? null,
    trigger: intent.trigger,
    timeInForce: intent.timeInForce,
    postOnly: intent.postOnly,
    marketProtectionBps: intent.marketProtectionBps,
    key: intent.idempotency?.key ?? null,
    content: intent.idempotency?.contentHash ?? '',
  };
}

function describe(asked: Asked): string {
  const position = asked.positionSide === 'net' ? '' : `${asked.positionSide} `;
  return `${position}${asked.side} ${asked.quantity ?? `cost ${asked.cost ?? ''}`} ${asked.symbol} ${asked.type} ${asked.price ?? ''} ${asked.timeInForce}`;
}

function answerOf(answer: PlaceAnswer): Exclude<Answered, Failed> {
  switch (answer.kind) {
    case 'accepted':
      return {
        kind: 'accepted',
        orderId: answer.order.orderId,
        venueClientOrderId: answer.order.venueClientOrderId,
        replayed: answer.replayed,
      };
    case 'denied':
      return {
        kind: 'denied',
        orderId: answer.order.orderId,
        refusals: answer.refusals.map(({ rule, code, limit, actual, detail }) => ({
          rule,
          code,
          limit,
          actual,
          detail,
        })),
        replayed: answer.replayed,
      };
    case 'conflict':
      if (answer.orderId === null) throw new TypeError('a key of the workload belongs to no order');
      return { kind: 'conflict', orderId: answer.orderId };
    case 'withheld':
      return { kind: 'withheld', orderId: answer.orderId };
    case 'unknown_instrument':
    case 'unknown_account':
      return { kind: 'unknown_instrument' };
  }
}

function tradingState(
  venue: WorldVenue,
  symbol: string | null,
  state: TradingState,
  expectedVersion: number | null,
): TradingStateChange {
  return {
    scope:
      symbol === null
        ? { kind: 'portfolio' }
        : { kind: 'instrument', venue, symbol: instrumentSymbol(symbol) },
    state,
    expectedVersion,
    mayLoosen: true,
    requestedBy: 'caller',
    why: 'simulation',
  };
}

function killSwitch(engaged: boolean): KillSwitchChange {
  return { engaged, requestedBy: 'caller', why: 'simulation', idempotency: null };
}
