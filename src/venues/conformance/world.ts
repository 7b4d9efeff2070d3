/**
 * The contract of a venue with the conformance suite, which runs against its simulator.
 *
 * Entry points: `ConformanceVenue`, `GatewayFixture`, `Recorder`, `SwitchableRelay`.
 */
import { createServer, connect } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { Decimal } from '../../core/decimal.ts';
import { accountId, instrumentSymbol, venueClientOrderId } from '../../core/ids.ts';
import type { InstrumentSymbol, VenueClientOrderId, VenueOrderId } from '../../core/ids.ts';
import type { Instrument, InstrumentKind, Quote } from '../../core/instrument.ts';
import type { SendOutcome } from '../../core/venue/outcome.ts';
import type { OrderReport, VenueFill } from '../../core/venue/report.ts';
import type { GatewayOptions } from '../connection.ts';
import type {
  CancelRequest,
  Gateway,
  GatewayListener,
  LookUpRequest,
  SendRequest,
  WireOrder,
} from '../gateway.ts';
import { LIMIT } from '../testing/wire-orders.ts';
import type { ControlClient, TrueAccount, TrueFill, TrueOrder } from './control.ts';

/** One venue under test. */
export interface ConformanceVenue {
  readonly control: ControlClient;
  readonly endpoints: { readonly rest: string; readonly ws: string };
  /** One liquid instrument of each kind that the simulator serves. */
  readonly symbols: Readonly<Partial<Record<InstrumentKind, string>>>;
  /** Stream messages of a market order up to and with its first execution. */
  readonly messagesToFirstExecution: Readonly<Record<InstrumentKind, number>>;
  /** Whether executions are read once a message counts them, so that none is lost with a message; false unless given. */
  readonly readsExecutions?: boolean;
  /** Kinds of which a later message about an order has all of its executions read, so that one that was lost is made good; none unless given. */
  readonly makesGood?: readonly InstrumentKind[];
  /** Connections of an account's private stream; each reports a gap when it is made. */
  readonly privateConnections: number;
  /** How many creates leave at once without waiting for an allowance; an even number. */
  readonly concurrentOrders: number;
  /** How far back the venue lists every record of an account, milliseconds. */
  readonly recordsReachMs: number;
  /** Puts an account into hedge mode, past any gateway; for venues that have it. */
  readonly enterHedgeMode: ((account: TrueAccount) => Promise<void>) | null;
  /** A gateway that shares nothing with any other. */
  createGateway(options: GatewayOptions): Gateway;
}

/** Keeps every event that a gateway emits, in order. */
export class Recorder implements GatewayListener {
  readonly orders: OrderReport[] = [];
  readonly fills: VenueFill[] = [];
  readonly gaps: string[] = [];
  readonly quotes: Quote[] = [];
  accountChanges = 0;

  onOrder(report: OrderReport): void {
    this.orders.push(report);
  }

  onFill(fill: VenueFill): void {
    this.fills.push(fill);
  }

  onGap(reason: string): void {
    this.gaps.push(reason);
  }

  onQuote(quote: Quote): void {
    this.quotes.push(quote);
  }

  onAccountChanged(): void {
    this.accountChanges += 1;
  }
}

/** Short, so that cases that wait for them are. */
export const TIMEOUTS = { writeMs: 1_500, readMs: 3_000, readAttemptMs: 1_000, connectMs: 1_000 } as const;

/** One percent above the price that the cases' market begins at. */
const PROTECTED = Decimal.parse('60600');

/** Of a create that says nothing else, beside the grain of the time that it is signed with. */
export const DEFAULT_LIFETIME_MS = 2_000;

let ids = 0;

/** Fresh for each call, also over runs against one simulator. A whole number of 63 bits, since some venues take nothing else. */
export function freshId(): VenueClientOrderId {
  ids += 1;
  const number = String((process.pid * 1_000 + ids) % 1_000_000);
  return venueClientOrderId(`${Date.now()}${number.padStart(6, '0')}`);
}

/** How an account of the simulator is connected. */
export function optionsFor(
  venue: ConformanceVenue,
  kind: InstrumentKind,
  account: TrueAccount,
): GatewayOptions {
  return {
    accountId: accountId(account.account_id),
    mode: 'paper',
    credentials: {
      apiKey: account.key,
      secret: account.secret,
      ...(account.passphrase === null ? {} : { password: account.passphrase }),
    },
    endpoints: venue.endpoints,
    kinds: [kind],
    timeouts: TIMEOUTS,
  };
}

/** One account with its started gateway, and the ways a case uses it. */
export class GatewayFixture {
  readonly gateway: Gateway;
  readonly account: TrueAccount;
  readonly recorded: Recorder;
  readonly venue: ConformanceVenue;
  readonly kind: InstrumentKind;
  readonly symbol: InstrumentSymbol;

  private constructor(
    venue: ConformanceVenue,
    kind: InstrumentKind,
    symbol: string,
    account: TrueAccount,
    gateway: Gateway,
    recorded: Recorder,
  ) {
    this.venue = venue;
    this.kind = kind;
    this.symbol = instrumentSymbol(symbol);
    this.account = account;
    this.gateway = gateway;
    this.recorded = recorded;
  }

  /** `prepare` has its way with the account before the gateway starts. */
  static async open(
    venue: ConformanceVenue,
    kind: InstrumentKind,
    overrides: Partial<GatewayOptions> = {},
    prepare: (account: TrueAccount) => Promise<void> = async () => undefined,
  ): Promise<GatewayFixture> {
    const symbol = venue.symbols[kind];
    if (symbol === undefined) throw new Error(`no symbol of kind ${kind}`);
    const account = await venue.control.newAccount();
    await prepare(account);
    const gateway = venue.createGateway({ ...optionsFor(venue, kind, account), ...overrides });
    const recorded = new Recorder();
    await gateway.start(recorded);
    return new GatewayFixture(venue, kind, symbol, account, gateway, recorded);
  }

  /** Another gateway of the same account, as a process that starts anew has it. */
  async reopen(): Promise<GatewayFixture> {
    const gateway = this.venue.createGateway(optionsFor(this.venue, this.kind, this.account));
    const recorder = new Recorder();
    await gateway.start(recorder);
    return new GatewayFixture(this.venue, this.kind, this.symbol, this.account, gateway, recorder);
  }

  get instrument(): Instrument {
    const instrument = this.gateway.instrument(this.symbol);
    if (instrument === undefined) throw new Error(`${this.symbol} is not listed`);
    return instrument;
  }

  async bestPrices(): Promise<{ readonly bid: Decimal; readonly ask: Decimal }> {
    const answer = await this.gateway.freshQuote(this.symbol, 0);
    if (answer.kind === 'failed') throw new Error(answer.detail);
    const { bid, ask } = answer.value;
    if (bid === null || ask === null) throw new Error(`the book of ${this.symbol} has one side only`);
    return { bid, ask };
  }

  /** On the tick, a fraction of the best price apart from it: `0.9` of the bid, `1.1` of the ask. */
  async priceAt(side: 'bid' | 'ask', factor: string): Promise<Decimal> {
    const best = await this.bestPrices();
    return best[side].multiply(Decimal.parse(factor)).roundToMultipleOf(this.instrument.tickSize, 'down');
  }

  /** A quantity worth about 600 in quote units. */
  get size(): Decimal {
    return Decimal.parse('0.01');
  }

  limit(price: Decimal, changes: Partial<WireOrder> = {}): WireOrder {
    return {
      ...LIMIT,
      symbol: this.symbol,
      quantity: this.size,
      price,
      ...changes,
    };
  }

  /** Where the venue sizes its own market buys by cost alone: the limit order that a protected one goes out as. */
  market(changes: Partial<WireOrder> = {}): WireOrder {
    const order: WireOrder = { ...this.limit(Decimal.one), type: 'market', price: null, ...changes };
    const isSized = order.type === 'market' && order.side === 'buy' && order.quantity !== null;
    if (!isSized || this.gateway.capabilities.kinds[this.kind]?.marketBuyByQuantity !== false) return order;
    return { ...order, type: 'limit', price: PROTECTED, timeInForce: 'IOC' };
  }

  async send(order: WireOrder, changes: Partial<SendRequest> = {}): Promise<SendOutcome> {
    return this.gateway.send({
      order,
      venueClientOrderId: freshId(),
      signedAt: this.gateway.venueNow(),
      requestLifetimeMs:
        DEFAULT_LIFETIME_MS + (this.gateway.capabilities.kinds[this.kind]?.signedTimeStepMs ?? 0),
      reducing: false,
      closing: false,
      annul: new AbortController().signal,
      ...changes,
    });
  }

  /** Sends, and where the venue acknowledges without a report, has the outcome carry the one of a look-up. */
  async sendAndLook(order: WireOrder, changes: Partial<SendRequest> = {}): Promise<SendOutcome> {
    const id = changes.venueClientOrderId ?? freshId();
    const outcome = await this.send(order, { ...changes, venueClientOrderId: id });
    if (outcome.kind !== 'accepted' || outcome.report !== null) return outcome;
    const answer = await this.gateway.lookUp(this.lookUpOf(id, { venueOrderIds: [outcome.venueOrderId] }));
    return answer.kind === 'found' ? { ...outcome, report: answer.report } : outcome;
  }

  /** The order by our id, and by those that the venue gave it. */
  referenceTo(
    venueClientOrderId: VenueClientOrderId,
    ...venueOrderIds: readonly VenueOrderId[]
  ): CancelRequest {
    return { symbol: this.symbol, venueClientOrderId, venueOrderIds, conditional: false };
  }

  /** A look-up whose absence counts, over the last minute. */
  lookUpOf(id: VenueClientOrderId, changes: Partial<LookUpRequest> = {}): LookUpRequest {
    const since = this.gateway.venueNow() - 60_000;
    return { ...this.referenceTo(id), thorough: true, since, ...changes };
  }

  /** The simulator's name of the wallet that pays for the kind, and of another one that it can be filled from. */
  get walletNames(): { readonly wallet: string; readonly other: string } {
    const declared = this.gateway.wallets.find(({ kinds }) => kinds.includes(this.kind))?.wallet;
    if (declared === 'unified') return { wallet: 'unified', other: 'funding' };
    // The fixture's gateway trades one kind alone, whatever its venue has.
    if (this.venue.symbols.linear_swap === undefined) return { wallet: 'spot', other: 'funding' };
    return this.kind === 'spot' ? { wallet: 'spot', other: 'swap' } : { wallet: 'swap', other: 'spot' };
  }

  /** Sends what must be accepted. */
  async place(order: WireOrder, changes: Partial<SendRequest> = {}): Promise<VenueOrderId> {
    const outcome = await this.send(order, changes);
    if (outcome.kind !== 'accepted') throw new Error(`not accepted: ${JSON.stringify(outcome)}`);
    return outcome.venueOrderId;
  }

  async trueOrders(): Promise<readonly TrueOrder[]> {
    return this.venue.control.orders(this.account.account_id);
  }

  async trueFills(): Promise<readonly TrueFill[]> {
    return this.venue.control.fills(this.account.account_id);
  }

  async close(): Promise<void> {
    await this.gateway.stop();
  }
}

/** Passes bytes to the venue until switched off: then connections break and new ones are refused. */
export class SwitchableRelay {
  readonly #sockets = new Set<Socket>();
  readonly #port: number;
  #server: Server;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.#port = port;
  }

  /** `target` is an origin such as `http://127.0.0.1:9101`. */
  static async open(target: string): Promise<SwitchableRelay> {
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const relay = new SwitchableRelay(server, (server.address() as AddressInfo).port);
    const { hostname, port } = new URL(target);
    server.on('connection', (near) => {
      const far = connect(Number(port), hostname);
      for (const socket of [near, far]) {
        relay.#sockets.add(socket);
        socket.on('error', () => socket.destroy());
        socket.on('close', () => {
          relay.#sockets.delete(socket);
          near.destroy();
          far.destroy();
        });
      }
      near.pipe(far);
      far.pipe(near);
    });
    return relay;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async switchOff(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }
}
