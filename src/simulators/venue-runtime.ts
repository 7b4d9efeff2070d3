/**
 * One venue at work: its exchange, what is on disk of it, its faults and counts, and its sockets.
 *
 * Invariants: a command is in the log before any answer or event that follows from it; the exchange after a restart is the one before it;
 * `instance` names this life of the venue and changes on reset alone (or with an empty directory).
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { decimal } from '../core/decimal.ts';
import type { Clock } from './clock.ts';
import type { AccountKey, Credentials } from './exchange/account.ts';
import type { Command, NewAccount } from './exchange/command.ts';
import { Exchange } from './exchange/exchange.ts';
import { applyCommand } from './exchange/replay.ts';
import type { ExchangeSnapshot } from './exchange/snapshot.ts';
import type { MarketSource } from './market/market-source.ts';
import { SnapshotVersionUnknown } from './exchange/snapshot-versions.ts';
import type { ExchangeConfig } from './exchange/world.ts';
import { FaultRegistry } from './faults.ts';
import { decode, encode } from './state/codec.ts';
import { StateError } from './state/disk.ts';
import { Store } from './state/store.ts';
import type { RunningVenue, VenueProtocol } from './venue-protocol.ts';
import { RequestCounter } from './wire/request-counter.ts';
import { serve } from './wire/serve.ts';

export const PAPER_ACCOUNT = 'paper';
const TICK_MS = 200;

export interface VenueOptions {
  readonly seed: number;
  /** Opens what makes the market in place of the seeded walk, at each start of the venue; null: the walk. */
  readonly market?: (() => MarketSource) | null;
  readonly limits: boolean;
  readonly port: number;
  /** The directory of all venues; null keeps nothing. */
  readonly stateDirectory: string | null;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called once when the state cannot be written any more; nothing leaves this venue then. */
  readonly onFailure: (failure: unknown) => void;
  /** When a log makes way for a snapshot (state/store.ts); for tests. */
  readonly minLogCost?: number;
}

/** A venue on disk: its head, then its orders and fills in pieces. */
type SavedPart =
  | { readonly instance: string; readonly exchange: Omit<ExchangeSnapshot, 'orders' | 'fills'> }
  | { readonly orders: ExchangeSnapshot['orders'] }
  | { readonly fills: ExchangeSnapshot['fills'] };

const ROWS_PER_PART = 1000;

export class VenueRuntime {
  readonly protocol: VenueProtocol;
  readonly faults = new FaultRegistry();
  readonly requests = new RequestCounter();
  readonly #options: VenueOptions;
  readonly #store: Store<SavedPart, Command> | null;
  #exchange: Exchange;
  #instance: string;
  #running: RunningVenue | null = null;
  #ending = new AbortController();
  #timer: NodeJS.Timeout | null = null;
  #marketTrouble: string | null = null;

  private constructor(
    protocol: VenueProtocol,
    options: VenueOptions,
    store: Store<SavedPart, Command> | null,
    exchange: Exchange,
    instance: string,
  ) {
    this.protocol = protocol;
    this.#options = options;
    this.#store = store;
    this.#exchange = exchange;
    this.#instance = instance;
  }

  /** Resumes the venue from its directory, or begins it; resolves when it serves. */
  static async open(protocol: VenueProtocol, options: VenueOptions): Promise<VenueRuntime> {
    const store =
      options.stateDirectory === null
        ? null
        : new Store<SavedPart, Command>({
            directory: join(options.stateDirectory, protocol.name),
            onFailure: options.onFailure,
            costOf,
            ...(options.minLogCost === undefined ? {} : { minLogCost: options.minLogCost }),
          });
    const loaded = await store?.load();
    if (loaded !== undefined && loaded.snapshot !== null) {
      const { instance, exchange: saved } = joined(loaded.snapshot, protocol.name);
      const exchange = restored(protocol, options, saved);
      replay(exchange, loaded.records, protocol.name);
      const runtime = new VenueRuntime(protocol, options, store, exchange, instance);
      await runtime.#start(options.port);
      return runtime;
    }
    if (loaded !== undefined && loaded.records.length > 0)
      throw new StateError(
        `the state of ${protocol.name} has a log without a snapshot; delete its directory to begin anew`,
      );
    const exchange = begin(protocol, options, [paperAccount(protocol)]);
    const runtime = new VenueRuntime(protocol, options, store, exchange, randomUUID());
    await store?.restart(runtime.#saved());
    await runtime.#start(options.port);
    return runtime;
  }

  get exchange(): Exchange {
    return this.#exchange;
  }

  get instance(): string {
    return this.#instance;
  }

  /** Why nothing is known of a market that is made elsewhere; null: it is known, or made here. */
  get marketTrouble(): string | null {
    return this.#marketTrouble;
  }

  /** False while it is being reset. */
  get isServing(): boolean {
    return this.#running !== null;
  }

  /** Throws while it is being reset. */
  get urls(): Pick<RunningVenue, 'restUrl' | 'wsUrl'> {
    if (this.#running === null) throw new Error(`${this.protocol.name} is being reset`);
    return this.#running;
  }

  get paperCredentials(): Credentials {
    const account = this.#exchange.account(PAPER_ACCOUNT);
    if (account === null) throw new Error('the paper account is always there');
    return account.credentials;
  }

  *#saved(): Generator<SavedPart> {
    const { orders, fills, ...exchange } = this.#exchange.snapshot();
    yield { instance: this.#instance, exchange };
    for (let from = 0; from < orders.length; from += ROWS_PER_PART)
      yield { orders: orders.slice(from, from + ROWS_PER_PART) };
    for (let from = 0; from < fills.length; from += ROWS_PER_PART)
      yield { fills: fills.slice(from, from + ROWS_PER_PART) };
  }

  /** Runs `send` when everything done so far is on disk. */
  readonly #gate = (send: () => void): void => {
    if (this.#store === null) send();
    else this.#store.whenDurable(send);
  };

  /** Resolves when everything done so far is on disk. */
  durable(): Promise<void> {
    return new Promise((resolve) => {
      this.#gate(resolve);
    });
  }

  async #start(port: number): Promise<void> {
    const { clock, limits, logger } = this.#options;
    this.#ending = new AbortController();
    const { signal } = this.#ending;
    const exchange = this.#exchange;
    exchange.hide({
      orders: () => this.faults.hiddenForMs('query_order'),
      openOrders: () => this.faults.hiddenForMs('open_orders'),
      fills: () => this.faults.hiddenForMs('fills'),
    });
    const store = this.#store;
    if (store !== null) {
      // A request of the former life that acts late is not written down, and its connection is gone.
      const stop = exchange.onCommand((command) => store.append(command));
      signal.addEventListener('abort', stop, { once: true });
    }
    const source = this.#options.market?.() ?? null;
    // A market that a former life was shown from elsewhere ends with it, unless this one is shown it too.
    for (const { symbol } of exchange.instruments())
      if (exchange.market(symbol)?.isMadeElsewhere === true && source?.covers(symbol) !== true)
        exchange.releaseMarket(clock.nowMs(), symbol);
    const tick = (): void => {
      const now = clock.nowMs();
      this.#marketTrouble = source?.trouble(now) ?? null;
      this.faults.silenceMarket(this.#marketTrouble !== null);
      source?.feed(exchange, now);
      if (now >= exchange.nextDueAt()) exchange.advance(now);
      // The timer alone must not let the log's tail wait in memory for ever.
      this.#gate(() => undefined);
      if (this.#store?.isFull === true) void this.#store.rotate(this.#saved());
    };
    tick();
    const declaration = this.protocol.declare({ exchange, clock, limits, signal, randomHex });
    this.#running = await serve(declaration, {
      port,
      clock,
      faults: this.faults,
      requests: this.requests,
      gate: this.#gate,
      signal,
      logger,
    });
    this.#timer = setInterval(tick, TICK_MS);
  }

  async #stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#ending.abort();
    const running = this.#running;
    this.#running = null;
    await running?.close();
  }

  /** A new life of the venue on the same port: every account as it was registered, no orders, a new instance. */
  async reset(): Promise<void> {
    if (this.#running === null) throw new Error(`${this.protocol.name} is being reset already`);
    const port = Number(new URL(this.#running.restUrl).port);
    await this.#stop();
    const former = this.#exchange;
    const accounts = former.accounts().map(({ accountId, credentials, permissions }) => ({
      accountId,
      credentials,
      permissions,
      balances: former.openingBalances(accountId),
      keys: former.furtherKeys(accountId),
    }));
    this.#exchange = begin(this.protocol, this.#options, accounts);
    this.#instance = randomUUID();
    this.faults.remove();
    this.requests.clear();
    await this.#store?.restart(this.#saved());
    await this.#start(port);
  }

  /** Ends with a snapshot, so that the next start, perhaps of a newer program, need not repeat anything. */
  async close(): Promise<void> {
    const wasServing = this.#running !== null;
    await this.#stop();
    if (wasServing) await this.#store?.rotate(this.#saved());
    await this.#store?.close();
  }
}

function replay(exchange: Exchange, commands: readonly Command[], venue: string): void {
  for (const [index, command] of commands.entries()) {
    try {
      applyCommand(exchange, command);
    } catch (bug) {
      const where = `command ${index + 1} of ${commands.length} (${command.kind})`;
      throw new StateError(
        `the state of ${venue} cannot be resumed at ${where}; delete its directory to begin anew`,
        { cause: bug },
      );
    }
  }
}

/** A step of all markets takes about ten times as long as an order. */
function costOf(command: Command): number {
  return command.kind === 'advance' ? 10 : 1;
}

function joined(
  parts: readonly SavedPart[],
  venue: string,
): {
  readonly instance: string;
  readonly exchange: ExchangeSnapshot;
} {
  const [head] = parts;
  if (head === undefined || !('instance' in head))
    throw new StateError(`the state of ${venue} lacks its head; delete its directory to begin anew`);
  const orders = parts.flatMap((part) => ('orders' in part ? part.orders : []));
  const fills = parts.flatMap((part) => ('fills' in part ? part.fills : []));
  return { instance: head.instance, exchange: { ...head.exchange, orders, fills } };
}

function restored(protocol: VenueProtocol, options: VenueOptions, saved: ExchangeSnapshot): Exchange {
  try {
    return new Exchange(configOf(protocol, options), saved);
  } catch (failure) {
    if (failure instanceof SnapshotVersionUnknown)
      throw new StateError(`the state of ${protocol.name} cannot be resumed: ${failure.message}`, {
        cause: failure,
      });
    const why = failure instanceof Error ? failure.message : String(failure);
    throw new StateError(
      `the state of ${protocol.name} cannot be resumed: ${why}; delete its directory to begin anew`,
      { cause: failure },
    );
  }
}

function configOf(protocol: VenueProtocol, options: VenueOptions): ExchangeConfig {
  return {
    venue: protocol.name,
    instruments: protocol.instruments,
    policy: protocol.policy,
    seed: options.seed,
    limits: options.limits,
    startAt: options.clock.nowMs(),
  };
}

/** An account as a fresh world registers it. */
type KnownAccount = NewAccount & { readonly keys: readonly AccountKey[] };

function begin(protocol: VenueProtocol, options: VenueOptions, accounts: readonly KnownAccount[]): Exchange {
  const config = configOf(protocol, options);
  const exchange = new Exchange(config);
  for (const { keys, ...account } of accounts) {
    const results = [
      exchange.registerAccount(config.startAt, account),
      ...keys.map((key) => exchange.addKey(config.startAt, account.accountId, key)),
    ];
    for (const result of results)
      if (!result.ok) throw new Error(`account ${account.accountId}: ${result.refusal.code}`);
  }
  // Through the codec, so that a fresh world and a resumed one are built in the same way.
  return new Exchange(config, decode(encode(exchange.snapshot())) as ExchangeSnapshot);
}

function randomHex(bytes: number): string {
  return randomBytes(bytes).toString('hex');
}

export function newCredentials(protocol: VenueProtocol): Credentials {
  return protocol.newCredentials(randomHex);
}

/**
 * The first balances of a ready-made account: 100,000 USDT, 2 BTC, 20 ETH, what the venue adds to them, and 100,000 USDT for swaps where
 * they have a wallet of their own.
 */
export function openingBalances(protocol: VenueProtocol): NewAccount['balances'] {
  const { spot, swap } = protocol.policy;
  return [
    { wallet: spot.wallet, asset: 'USDT', amount: decimal('100000') },
    { wallet: spot.wallet, asset: 'BTC', amount: decimal('2') },
    { wallet: spot.wallet, asset: 'ETH', amount: decimal('20') },
    ...Object.entries(protocol.openingAssets ?? {}).map(([asset, amount]) => ({
      wallet: spot.wallet,
      asset,
      amount: decimal(amount),
    })),
    ...(swap.wallet === spot.wallet
      ? []
      : [{ wallet: swap.wallet, asset: 'USDT', amount: decimal('100000') }]),
  ];
}

function paperAccount(protocol: VenueProtocol): KnownAccount {
  return {
    keys: [],
    accountId: PAPER_ACCOUNT,
    credentials: newCredentials(protocol),
    permissions: { trade: true, withdraw: false },
    balances: openingBalances(protocol),
  };
}
