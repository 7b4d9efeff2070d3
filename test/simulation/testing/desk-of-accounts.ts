/**
 * A desk with several accounts, each at a venue of its own, under virtual time, on the journal in memory; and gateways
 * whose starts, requests and ends are counted, and whose answers can be held back.
 *
 * Entry points: `DeskOfAccounts` (`start`, `crash`, `align`, `place`), `CountedGateway`.
 */
import { decimal } from '../../../src/core/decimal.ts';
import { accountId, instrumentSymbol, portfolioId, type AccountId } from '../../../src/core/ids.ts';
import type { InstrumentSymbol } from '../../../src/core/ids.ts';
import type { Quote } from '../../../src/core/instrument.ts';
import type { Order } from '../../../src/core/order/order.ts';
import type { SendOutcome } from '../../../src/core/venue/outcome.ts';
import type { SettingOutcome } from '../../../src/core/venue/setting.ts';
import { NOTHING_SET } from '../../../src/core/risk/limits.ts';
import {
  marketIntent,
  type CancelAnswer,
  type DurableEvents,
  type PlaceAnswer,
  type PlaceIntent,
} from '../../../src/engine/desk.ts';
import type { EngineAccount } from '../../../src/engine/accounts.ts';
import { memoryEmergencyLog } from '../../../src/engine/emergency-log.ts';
import { createIdentity } from '../../../src/engine/identity.ts';
import { silentLog } from '../../../src/engine/log.ts';
import { PortfolioEngine } from '../../../src/engine/portfolio-engine.ts';
import {
  MemoryStorage,
  openMemoryJournal,
  type MemoryJournal,
} from '../../../src/journal/testing/memory-journal.ts';
import { memoryReadModels } from '../../../src/journal/testing/memory-read-models.ts';
import { Random } from '../../../src/simulators/exchange/random.ts';
import type { GatewayListener, SendRequest } from '../../../src/venues/gateway.ts';
import { Faults, NO_FAULTS } from '../faults.ts';
import { SimulatedGateway, type SimulatedGatewayOptions } from '../simulated-gateway.ts';
import { PLAIN_ACCOUNT, SimulatedVenue } from '../venue.ts';
import { clockOf, ProcessGate, schedulerOf, VirtualTime } from '../virtual-time.ts';

export const DESK = portfolioId('desk');
export const A = accountId('account-a');
export const B = accountId('account-b');
export const BTC = instrumentSymbol('BTC/USDT');

const BALANCES = [
  { wallet: 'spot', asset: 'USDT', amount: '200000' },
  { wallet: 'spot', asset: 'BTC', amount: '3' },
] as const;

export class CountedGateway extends SimulatedGateway {
  starts = 0;
  stops = 0;
  sends = 0;
  lookUps = 0;
  /** Readings of the working orders, which every comparison begins with. */
  listings = 0;
  readonly quotesAsked = new Set<InstrumentSymbol>();
  /** The venue does not answer: a start fails. */
  isUnreachable = false;
  /** Requests leave, and their answers stay on the way until `answerNow`. */
  holdsAnswers = false;
  /** Each send is refused before it leaves. */
  throttles = false;
  /** Cancels do not leave. */
  refusesCancels = false;
  /** Lists of working orders cannot be read. */
  listsNothing = false;
  /** Nothing is known of the market yet. */
  hasNoQuotes = false;
  readonly #held = Promise.withResolvers<void>();

  answerNow(): void {
    this.#held.resolve();
  }

  override async start(listener: GatewayListener): Promise<void> {
    this.starts += 1;
    if (this.isUnreachable) throw new Error('the venue does not answer');
    await super.start(listener);
  }

  override stop(): Promise<void> {
    this.stops += 1;
    return super.stop();
  }

  override quote(symbol: InstrumentSymbol): Quote | undefined {
    this.quotesAsked.add(symbol);
    return this.hasNoQuotes ? undefined : super.quote(symbol);
  }

  override async send(request: SendRequest): Promise<SendOutcome> {
    if (this.throttles) return { kind: 'not_sent', reason: 'throttled', detail: 'HTTP 429' };
    this.sends += 1;
    const outcome = await super.send(request);
    if (this.holdsAnswers) await this.#held.promise;
    return outcome;
  }

  override cancel(...asked: Parameters<SimulatedGateway['cancel']>): ReturnType<SimulatedGateway['cancel']> {
    return this.refusesCancels
      ? Promise.resolve({ kind: 'not_sent', reason: 'throttled', detail: 'HTTP 429' })
      : super.cancel(...asked);
  }

  override openOrders(): ReturnType<SimulatedGateway['openOrders']> {
    this.listings += 1;
    return this.listsNothing
      ? Promise.resolve({ kind: 'failed', reason: 'unreachable', detail: 'no answer' })
      : super.openOrders();
  }

  override async setLeverage(...asked: Parameters<SimulatedGateway['setLeverage']>): Promise<SettingOutcome> {
    const outcome = await super.setLeverage(...asked);
    if (this.holdsAnswers) await this.#held.promise;
    return this.stops > 0 ? { kind: 'unknown', detail: 'the connection ended' } : outcome;
  }

  override lookUp(...asked: Parameters<SimulatedGateway['lookUp']>): ReturnType<SimulatedGateway['lookUp']> {
    this.lookUps += 1;
    return super.lookUp(...asked);
  }
}

interface RunningProcess {
  readonly gate: ProcessGate;
  readonly journal: MemoryJournal;
  readonly engine: PortfolioEngine;
}

export class DeskOfAccounts {
  readonly time = new VirtualTime();
  readonly storage = new MemoryStorage(schedulerOf(this.time));
  /** The accounts in the directory, by the keys that each has. */
  readonly directory = new Map<AccountId, string>();
  readonly gateways: CountedGateway[] = [];
  readonly durable: DurableEvents[] = [];
  readonly #venues = new Map<AccountId, SimulatedVenue>();
  readonly #faults = new Faults(NO_FAULTS, new Random(7));
  readonly #ids = new Random(11);
  #process: RunningProcess | null = null;
  #started = 0;

  constructor(accounts: readonly AccountId[] = [A]) {
    for (const account of accounts) this.directory.set(account, 'keys-1');
  }

  get engine(): PortfolioEngine {
    return this.#running.engine;
  }

  get gate(): ProcessGate {
    return this.#running.gate;
  }

  get #running(): RunningProcess {
    if (this.#process === null) throw new Error('no process was started');
    return this.#process;
  }

  /** A process with the accounts of the directory; resolves once each of them can trade. */
  async start(): Promise<this> {
    this.#started += 1;
    const gate = new ProcessGate(this.time, `process-${this.#started}`);
    await this.#in(gate, () => {
      const clock = clockOf(this.time, gate, () => 0);
      const journal = openMemoryJournal({ storage: this.storage, random: () => 0.5, leaseMs: 4_000 });
      const engine = new PortfolioEngine({
        portfolioId: DESK,
        node: gate.name,
        journal,
        readModels: memoryReadModels(this.storage),
        accounts: [...this.directory.keys()].map((account) => this.account(account, gate)),
        limits: NOTHING_SET,
        clock,
        identity: createIdentity('t', () => this.#ids.fraction()),
        emergencyLog: memoryEmergencyLog(),
        log: silentLog,
      });
      engine.onDurable((durable) => this.durable.push(durable));
      this.#process = { gate, journal, engine };
      return engine.start();
    });
    await this.untilTrading([...this.directory.keys()]);
    return this;
  }

  crash(): void {
    const { gate, journal } = this.#running;
    journal.crash();
    gate.kill();
    for (const gateway of this.gateways) gateway.disconnect();
  }

  venueOf(account: AccountId): SimulatedVenue {
    const venue =
      this.#venues.get(account) ??
      new SimulatedVenue(this.time, this.#faults, {
        ...PLAIN_ACCOUNT,
        seed: 1,
        swap: true,
        balances: [...BALANCES, { wallet: 'swap', asset: 'USDT', amount: '10000' }],
      });
    this.#venues.set(account, venue);
    return venue;
  }

  /** The account as the directory has it, with a gateway that is not started. */
  account(
    account: AccountId,
    gate = this.gate,
    prepare: (gateway: CountedGateway) => void = () => undefined,
  ): EngineAccount {
    const options: SimulatedGatewayOptions = {
      accountId: account,
      time: this.time,
      gate,
      venue: this.venueOf(account),
      faults: this.#faults,
      now: () => this.time.now(),
      onHazard: () => undefined,
      isJournaled: () => true,
      trace: () => undefined,
      fillsPage: 50,
    };
    const gateway = new CountedGateway(options);
    prepare(gateway);
    this.gateways.push(gateway);
    const connectionId = this.directory.get(account) ?? '';
    return { accountId: account, venue: 'binance', mode: 'paper', gateway, connectionId, instance: 'one' };
  }

  /** The gateways that were made for an account, oldest first. */
  gatewaysOf(account: AccountId): readonly CountedGateway[] {
    return this.gateways.filter((gateway) => gateway.accountId === account);
  }

  gatewayOf(account: AccountId): CountedGateway {
    const gateway = this.gatewaysOf(account).at(-1);
    if (gateway === undefined) throw new Error(`${account} has no gateway`);
    return gateway;
  }

  /** Has the engine take over one account as the directory has it; `keys` are noted there first, null removes it. */
  change(
    account: AccountId,
    keys: string | null,
    prepare: (gateway: CountedGateway) => void = () => undefined,
  ): { readonly done: Promise<void>; readonly state: { isDone: boolean } } {
    if (keys === null) this.directory.delete(account);
    else this.directory.set(account, keys);
    const state = { isDone: false };
    const { engine, gate } = this.#running;
    const { promise: done, resolve, reject } = Promise.withResolvers<void>();
    this.time.after(
      0,
      () =>
        void engine
          .alignAccount(account, () =>
            Promise.resolve(this.directory.has(account) ? this.account(account, gate, prepare) : null),
          )
          .then(() => {
            state.isDone = true;
            resolve();
          }, reject),
      gate,
    );
    return { done, state };
  }

  /** The change, and the time that it takes. */
  async changed(...change: Parameters<DeskOfAccounts['change']>): Promise<void> {
    const { state } = this.change(...change);
    await this.time.runWhile(() => !state.isDone, 30_000, 'a change of an account');
  }

  /** Closes an account before its removal; `open` has the orders that did not end. */
  close(account: AccountId): { open: readonly Order[] | null } {
    const closing: { open: readonly Order[] | null } = { open: null };
    const { engine, gate } = this.#running;
    const close = async (): Promise<void> => {
      closing.open = await engine.closeAccount(account);
    };
    this.time.after(0, () => void close(), gate);
    return closing;
  }

  async cancelAnswer(orderId: Order['orderId']): Promise<CancelAnswer> {
    const canceled: { answer: CancelAnswer | null } = { answer: null };
    await this.#in(this.gate, async () => {
      canceled.answer = await this.engine.orders.cancel(orderId, 'test');
    });
    await this.time.runWhile(() => canceled.answer === null, 5_000, 'a cancel is answered');
    if (canceled.answer === null) throw new Error('the cancel was not answered');
    return canceled.answer;
  }

  /** A market buy of 0.001 BTC, changed by `parts`. */
  place(account: AccountId, parts: Partial<PlaceIntent> = {}): { answer: PlaceAnswer | Error | null } {
    const placed: { answer: PlaceAnswer | Error | null } = { answer: null };
    const { engine, gate } = this.#running;
    const base = marketIntent({
      accountId: account,
      symbol: BTC,
      side: 'buy',
      quantity: decimal('0.001'),
      reduceOnly: false,
      requestedBy: 'test',
    });
    this.time.after(
      0,
      () =>
        void engine.orders.place({ ...base, ...parts }).then(
          (answer) => (placed.answer = answer),
          (error: unknown) => (placed.answer = error instanceof Error ? error : new Error(String(error))),
        ),
      gate,
    );
    return placed;
  }

  async placed(account: AccountId, parts: Partial<PlaceIntent> = {}): Promise<Order> {
    const placed = this.place(account, parts);
    await this.time.runWhile(() => placed.answer === null, 5_000, 'an order is answered');
    return accepted(placed.answer);
  }

  /** The order as the books have it. */
  async order(orderId: Order['orderId']): Promise<Order> {
    const read: { order: Order | null | undefined } = { order: undefined };
    await this.#in(this.gate, async () => {
      read.order = await this.engine.books.order(orderId);
    });
    await this.time.runWhile(() => read.order === undefined, 5_000, 'an order is read');
    if (read.order === null || read.order === undefined) throw new Error(`there is no order ${orderId}`);
    return read.order;
  }

  async untilStatus(orderId: Order['orderId'], status: Order['status'], limitMs = 60_000): Promise<void> {
    const endsAt = this.time.now() + limitMs;
    for (
      let now = (await this.order(orderId)).status;
      now !== status;
      now = (await this.order(orderId)).status
    ) {
      if (this.time.now() > endsAt) throw new Error(`${orderId} is ${now} and not ${status}`);
      await this.time.runFor(50);
    }
  }

  async untilTrading(accounts: readonly AccountId[]): Promise<void> {
    const endsAt = this.time.now() + 30_000;
    for (;;) {
      let count = 0;
      for (const account of accounts) if (await this.isTrading(account)) count += 1;
      if (count === accounts.length) return;
      if (this.time.now() > endsAt) throw new Error('an account does not get ready to trade');
      await this.time.runFor(20);
    }
  }

  async isTrading(account: AccountId): Promise<boolean> {
    const { engine } = this.#running;
    if (!engine.ready) return false;
    const read: { isKnown: boolean | null } = { isKnown: null };
    await this.#in(this.gate, async () => {
      const reading = await engine.books.account(account);
      read.isKnown =
        reading?.account.balancesKnown === true && engine.markets.instrument(account, BTC) !== undefined;
    });
    await this.time.runWhile(() => read.isKnown === null, 5_000, 'an account is read');
    return read.isKnown === true;
  }

  /** Runs `work` as an event of the process, and lets what follows from it at once follow. */
  async #in(gate: ProcessGate, work: () => Promise<unknown>): Promise<void> {
    const failures: Error[] = [];
    this.time.after(
      0,
      () =>
        void work().catch((error: unknown) => {
          failures.push(error instanceof Error ? error : new Error(String(error)));
        }),
      gate,
    );
    await this.time.runFor(0);
    const [failure] = failures;
    if (failure !== undefined) throw failure;
  }

  /** How often each account was opened in the journal. */
  openings(): ReadonlyMap<string, number> {
    const opened = new Map<string, number>();
    for (const { type, payloadText } of this.storage.records(DESK)) {
      if (type !== 'account_opened') continue;
      const { accountId: account } = JSON.parse(payloadText) as { accountId: string };
      opened.set(account, (opened.get(account) ?? 0) + 1);
    }
    return opened;
  }
}

export function accepted(answer: PlaceAnswer | Error | null): Order {
  if (answer instanceof Error) throw answer;
  if (answer?.kind !== 'accepted') throw new Error(`not accepted: ${JSON.stringify(answer)}`);
  return answer.order;
}
