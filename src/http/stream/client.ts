/**
 * One connection of the stream: login, subscriptions, and the end.
 *
 * Entry point: `StreamClient`.
 *
 * Invariants:
 *  1. Nothing but an error is sent before the login.
 *  2. A message that is wrong changes nothing: it is answered with an error that names the fault, and the connection stays open.
 *     One that comes before the portfolio is open here is answered likewise, and the connection is closed: nothing would follow.
 *  3. A connection gets events of the caller's own portfolio alone, and prices at the caller's own accounts.
 */
import type { WebSocket } from 'ws';
import type { z } from 'zod';
import type { Caller } from '../../directory/callers.ts';
import type { Desk } from '../../engine/desk.ts';
import { isBound, type TokenBounds } from '../../directory/token.ts';
import { chooseAccount } from '../account-choice.ts';
import { accountsOf, wholeDeskOf, type HttpContext } from '../context.ts';
import { parseExactJson, JsonRefused } from '../exact-json.ts';
import { Problem } from '../problem.ts';
import { toProblem } from '../server-problem.ts';
import { parseChannel, type PortfolioChannel, type PriceChannel } from './channels.ts';
import { closingOfLogin, CLOSINGS, isNotOpened } from './closings.ts';
import type { AlarmFeed } from './alarm-feed.ts';
import type { BookReadings } from './book-reading.ts';
import type { StreamLimits } from './limits.ts';
import { loginMessage, wishMessage, type SubscribedMessage, type WelcomeMessage } from './messages.ts';
import { PortfolioFeed, type PortfolioFeedOptions } from './portfolio-feed.ts';
import type { PriceFeed, PriceSubject } from './price-feed.ts';

const PING_EVERY_MS = 20_000;

export interface StreamClientOptions {
  readonly context: HttpContext;
  readonly socket: WebSocket;
  readonly admit: (token: string) => Promise<Caller>;
  readonly prices: PriceFeed;
  readonly readings: BookReadings;
  readonly alarms: AlarmFeed;
  readonly limits: StreamLimits;
}

interface PriceSubscription {
  readonly stop: () => void;
}

export class StreamClient {
  readonly #options: StreamClientOptions;
  readonly #socket: WebSocket;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #prices = new Map<string, PriceSubscription>();
  #stopAlarms: (() => void) | null = null;
  #caller: Caller | null = null;
  #token: string | null = null;
  /** The desk that the subscriptions are of. */
  #desk: Desk | null = null;
  #feed: PortfolioFeed | null = null;
  #isAlive = true;

  constructor(options: StreamClientOptions) {
    this.#options = options;
    this.#socket = options.socket;
  }

  /** Takes the caller and token of the header; with null the first message logs in. */
  start(admitted: { readonly caller: Caller; readonly token: string } | null): void {
    const { loginWithinMs, recheckTokenMs, unreadMessages } = this.#options.limits;
    this.#socket.on('error', () => this.#socket.terminate());
    this.#socket.on('close', () => {
      this.#token = null;
      this.#endSubscriptions();
      for (const timer of this.#timers) clearInterval(timer);
    });
    this.#socket.on('pong', () => {
      this.#isAlive = true;
    });
    let messages = Promise.resolve();
    let unread = 0;
    this.#socket.on('message', (data, isBinary) => {
      const text = isBinary || !Buffer.isBuffer(data) ? '' : data.toString('utf8');
      unread += 1;
      if (unread > unreadMessages) {
        this.#close(CLOSINGS.tooMany);
        return;
      }
      messages = messages
        .then(() => this.#take(text))
        .finally(() => {
          unread -= 1;
        });
    });
    this.#timers.push(
      setInterval(() => {
        if (!this.#isAlive) this.#socket.terminate();
        this.#isAlive = false;
        this.#socket.ping();
      }, PING_EVERY_MS),
      setInterval(() => void this.#recheckToken(), recheckTokenMs),
      setTimeout(() => {
        if (this.#caller === null) this.#close(CLOSINGS.noLogin);
      }, loginWithinMs),
    );
    if (admitted !== null) this.#welcome(admitted.caller, admitted.token);
  }

  /** Closes a connection whose portfolio this node no longer runs, or has restarted: no event would be sent over it any more. */
  checkDesk(): void {
    if (this.#desk === null || this.#caller === null) return;
    if (this.#options.context.deskOf(this.#caller.portfolioId) === this.#desk && this.#desk.ready) return;
    this.#endSubscriptions();
    this.#close(CLOSINGS.moved);
  }

  async #take(text: string): Promise<void> {
    try {
      const message = parseExactJson(text);
      if (this.#caller === null) {
        const login = loginMessage.safeParse(message);
        if (!login.success)
          throw new Problem('unauthenticated', 'The first message must be {"token": "..."}.');
        const { token } = login.data;
        this.#welcome(await this.#options.admit(token), token);
        return;
      }
      const wish = wishMessage.safeParse(message);
      if (!wish.success) throw wrongMessage(wish.error.issues);
      const { subscribe, unsubscribe, after } = wish.data;
      if (subscribe !== undefined) await this.#subscribe(this.#caller, subscribe, after);
      else await this.#unsubscribe(this.#caller, unsubscribe ?? []);
    } catch (error) {
      const problem =
        error instanceof JsonRefused
          ? new Problem('malformed_json', error.message)
          : toProblem(error, this.#options.context);
      this.#send({ error: { code: problem.problemCode, detail: problem.message, ...problem.figures } });
      if (this.#caller === null) this.#close(closingOfLogin(problem));
      else if (isNotOpened(problem)) {
        this.#endSubscriptions();
        this.#close(CLOSINGS.notOpened);
      }
    }
  }

  async #recheckToken(): Promise<void> {
    if (this.#token === null) return;
    try {
      await this.#options.admit(this.#token);
    } catch (error) {
      // While the database does not answer, the token is neither valid nor invalid.
      if (!(error instanceof Problem)) return;
      this.#endSubscriptions();
      this.#close(CLOSINGS.tokenEnded);
    }
  }

  #welcome(caller: Caller, token: string): void {
    this.#caller = caller;
    this.#token = token;
    this.#send({
      login: { user: caller.userName, scopes: [...caller.scopes] },
    } satisfies WelcomeMessage);
  }

  /** Replaces the subscriptions. A channel that was already subscribed to goes on without a gap, unless `after` gives a seq. */
  async #subscribe(caller: Caller, wanted: readonly string[], after: number | undefined): Promise<void> {
    const desk = wholeDeskOf(this.#options.context, caller.portfolioId);
    const { channels, prices } = channelsOf('subscribe', wanted);
    refuseWhatIsNotParted(caller.bounds, channels);
    const { priceChannels } = this.#options.limits;
    if (prices.length > priceChannels)
      throw new Problem('too_many_channels', `One connection carries ${priceChannels} price channels.`, {
        limit: priceChannels,
        actual: prices.length,
      });
    const subjects = prices.map((channel) => this.#subjectOf(caller, desk, channel));
    const { seq: now } = await desk.books.drift();
    if (after !== undefined) this.#checkAfter(after, now);
    const goesOn = this.#feed !== null && this.#desk === desk && after === undefined;
    const isOfBooks = channels.has('positions') || channels.has('balances');
    // The stream begins with the books as they are: what changes from then on is sent.
    const books =
      isOfBooks && !goesOn && after === undefined ? await this.#options.readings.read(desk, now) : null;
    const seq = books?.seq ?? now;
    const from = after ?? (goesOn ? (this.#feed?.seq ?? seq) : seq);
    // It may have been closed meanwhile: nothing would end what began now.
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#desk !== desk) this.#endSubscriptions();
    this.#desk = desk;
    for (const [name, { stop }] of this.#prices) {
      if (subjects.some(({ channel }) => channel === name)) continue;
      stop();
      this.#prices.delete(name);
    }
    this.#send({
      subscribed: [...channels, ...prices.map(({ name }) => name)],
      seq: from,
    } satisfies SubscribedMessage);
    for (const subject of subjects) this.#followPrice(subject);
    this.#followAlarms(desk, channels.has('risk'));
    if (this.#feed !== null && goesOn && channels.size > 0) this.#feed.channels = channels;
    else await this.#follow(caller, desk, { channels, from, booksAtFrom: books });
  }

  async #unsubscribe(caller: Caller, unwanted: readonly string[]): Promise<void> {
    const gone = channelsOf('unsubscribe', unwanted);
    const isGone = new Set(gone.prices.map(({ name }) => name));
    const prices = [...this.#prices.keys()].filter((name) => !isGone.has(name));
    const channels = [...(this.#feed?.channels ?? [])].filter((channel) => !gone.channels.has(channel));
    await this.#subscribe(caller, [...channels, ...prices], undefined);
  }

  #checkAfter(after: number, seq: number): void {
    if (after > seq)
      throw new Problem(
        'after_unknown',
        `after: the journal is at ${seq}, so ${after} is of another one. Read the state by REST and subscribe with its as_of_seq.`,
        { limit: seq, actual: after },
      );
    const oldest = Math.max(0, seq - this.#options.limits.resumeEvents);
    if (after < oldest)
      throw new Problem(
        'after_too_old',
        `after: ${seq - after} events have come since, more than are repeated. Read the state by REST and subscribe with its as_of_seq.`,
        { oldest, actual: after },
      );
  }

  /** Throws a `Problem` where the caller has no account there, or the exchange lists no such instrument. */
  #subjectOf(caller: Caller, desk: Desk, { exchange, name, symbol }: PriceChannel): PriceSubject {
    const accounts = accountsOf(this.#options.context, caller);
    const { accountId } = chooseAccount(accounts, { exchange });
    const isListed = desk.markets.instrument(accountId, symbol) !== undefined;
    if (!isListed && desk.markets.instruments(accountId).length > 0)
      throw new Problem('instrument_unknown', `${name}: ${symbol} is not listed by ${exchange}.`);
    return { desk, accountId, exchange, symbol, channel: name };
  }

  async #follow(
    { bounds, portfolioId }: Caller,
    desk: Desk,
    wish: Pick<PortfolioFeedOptions, 'channels' | 'from' | 'booksAtFrom'>,
  ): Promise<void> {
    this.#feed?.stop();
    this.#feed = null;
    if (wish.channels.size === 0) return;
    const { context, limits, readings } = this.#options;
    const feed = new PortfolioFeed({
      desk,
      readModels: context.readModels,
      reader: this.#eventReader(),
      limits,
      bounds,
      readings,
      exchangeOf: (accountId) =>
        context.accounts.of(portfolioId).find((account) => account.accountId === accountId)?.exchange ?? null,
      now: context.now,
      ...wish,
    });
    this.#feed = feed;
    try {
      await feed.start();
    } catch (error) {
      feed.stop();
      if (this.#feed === feed) this.#feed = null;
      throw error;
    }
  }

  #eventReader(): ConstructorParameters<typeof PortfolioFeed>[0]['reader'] {
    const socket = this.#socket;
    return {
      get isOpen() {
        return socket.readyState === socket.OPEN;
      },
      get unsentBytes() {
        return socket.bufferedAmount;
      },
      send: (message) => this.#send(message),
      fail: () => this.#close(CLOSINGS.failed),
    };
  }

  #followAlarms(desk: Desk, isWanted: boolean): void {
    if (isWanted === (this.#stopAlarms !== null)) return;
    this.#stopAlarms?.();
    this.#stopAlarms = isWanted
      ? this.#options.alarms.subscribe(desk, (message) => this.#send(message))
      : null;
  }

  #followPrice(subject: PriceSubject): void {
    if (this.#prices.has(subject.channel)) return;
    const socket = this.#socket;
    const { bufferedBytesForPrices } = this.#options.limits;
    const stop = this.#options.prices.subscribe(
      subject,
      {
        get isOpen() {
          return socket.readyState === socket.OPEN;
        },
        get isBehind() {
          return socket.bufferedAmount > bufferedBytesForPrices;
        },
        send: (text) => socket.send(text),
      },
      () =>
        this.#send({
          error: {
            code: 'venue_unreachable',
            detail: `${subject.channel}: no price could be read yet; it is sent when there is one.`,
          },
        }),
    );
    this.#prices.set(subject.channel, { stop });
  }

  #send(message: object): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#socket.bufferedAmount > this.#options.limits.bufferedBytes) {
      this.#giveUp();
      return;
    }
    this.#socket.send(JSON.stringify(message));
  }

  #giveUp(): void {
    this.#endSubscriptions();
    this.#close(CLOSINGS.tooSlow);
  }

  #close({ code, reason }: { readonly code: number; readonly reason: string }): void {
    this.#socket.close(code, reason);
  }

  #endSubscriptions(): void {
    this.#feed?.stop();
    this.#feed = null;
    this.#stopAlarms?.();
    this.#stopAlarms = null;
    for (const { stop } of this.#prices.values()) stop();
    this.#prices.clear();
    this.#desk = null;
  }
}

/** The channels that the names in `list` mean. Throws a `Problem` that says of each name what is wrong with it. */
function channelsOf(
  list: 'subscribe' | 'unsubscribe',
  wanted: readonly string[],
): {
  readonly channels: ReadonlySet<PortfolioChannel>;
  readonly prices: readonly PriceChannel[];
} {
  const channels = new Set<PortfolioChannel>();
  const prices = new Map<string, PriceChannel>();
  const errors: { readonly field: string; readonly reason: string }[] = [];
  let areExchanges = true;
  for (const [index, name] of wanted.entries()) {
    const parsed = parseChannel(name);
    switch (parsed.kind) {
      case 'portfolio':
        channels.add(parsed.channel);
        break;
      case 'prices':
        prices.set(parsed.channel.name, parsed.channel);
        break;
      case 'no_exchange':
      case 'nonsense':
        areExchanges &&= parsed.kind === 'no_exchange';
        errors.push({ field: `${list}.${index}`, reason: parsed.reason });
        break;
    }
  }
  if (errors.length > 0)
    throw new Problem(
      areExchanges ? 'exchange_not_supported' : 'invalid_request',
      errors.map(({ field, reason }) => `${field}: ${reason}`).join('; '),
      { errors },
    );
  return { channels, prices: [...prices.values()] };
}

/** Throws `token_bound` where a channel has more in it than the token is for. */
function refuseWhatIsNotParted(bounds: TokenBounds, channels: ReadonlySet<PortfolioChannel>): void {
  const refuse = (channel: string, why: string): never => {
    throw new Problem('token_bound', `${channel}: ${why}; this token is for a part of the portfolio alone.`);
  };
  if (!isBound(bounds)) return;
  for (const channel of channels) {
    switch (channel) {
      case 'orders':
      case 'fills':
        break;
      case 'positions':
      case 'balances':
        if (bounds.strategies !== null) refuse(channel, 'belong to accounts, which strategies share');
        break;
      case 'risk':
      case 'drift':
        refuse(channel, 'is of the whole portfolio');
    }
  }
}

function wrongMessage(issues: readonly z.core.$ZodIssue[]): Problem {
  const errors = issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ field: key, reason: 'is not a field of this message' }))
      : [{ field: issue.path.join('.') || 'message', reason: issue.message }],
  );
  return new Problem('invalid_request', errors.map(({ field, reason }) => `${field}: ${reason}`).join('; '), {
    errors,
  });
}
