/** The dependencies of the endpoints, given by the composition root. */
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Decimal } from '../core/decimal.ts';
import type { AccountId, AccountMode, PortfolioId, Venue } from '../core/ids.ts';
import type { Order } from '../core/order/order.ts';
import type { VenueCapabilities } from '../core/venue/capabilities.ts';
import type { AccountRecord, StoredCredentials } from '../directory/accounts.ts';
import type { Caller } from '../directory/callers.ts';
import type { Directory } from '../directory/directory.ts';
import { isBound, type Scope, type UsersPower } from '../directory/token.ts';
import { EngineUnavailable, type Desk } from '../engine/desk.ts';
import type { ReadModels } from '../journal/journal.ts';
import type { KeyTrial } from '../venues/key-trial.ts';
import type { AccountBook } from './account-choice.ts';
import type { BoundTokens } from './authentication.ts';
import { boundDesk } from './bound-desk.ts';
import type { ServedRoute } from './contract/document.ts';
import type { ServiceMetrics } from './metrics.ts';
import type { RequestOutcome } from './request-line.ts';
import type { StreamLimits } from './stream/limits.ts';
import type { WalletView } from './views/balance.ts';

/** A deposit to a paper account at its simulator, or a withdrawal where the amount is negative. */
export interface PaperMove {
  /** Where spot and swaps share the wallet `unified`, each of their names stands for it, too. */
  readonly wallet: WalletView;
  readonly asset: string;
  readonly amount: Decimal;
  /** The simulator makes it once for all requests with this key; null: once for each request. */
  readonly key: string | null;
}

/** `recordId` is the simulator's id of the record, as account records show it; `wallet` that of the balance that was moved. */
export type PaperMoveOutcome =
  | {
      readonly kind: 'moved';
      readonly recordId: string | null;
      readonly wallet: WalletView;
      readonly isRepeat: boolean;
    }
  /** The key belongs to a move of another wallet, asset or amount. */
  | { readonly kind: 'key_of_another' }
  | { readonly kind: 'refused'; readonly field: 'wallet' | 'asset' | 'amount'; readonly reason: string };

/** Changes of portfolios and accounts that only the composition root can make. */
export interface Administration {
  /** Opens a new portfolio. */
  openPortfolio(portfolioId: PortfolioId): Promise<void>;
  /** Takes over one account as the directory has it now; the other accounts of its portfolio go on undisturbed. */
  alignAccount(portfolioId: PortfolioId, accountId: AccountId): Promise<void>;
  /**
   * Before an account is removed: it takes no new orders, and its unfinished ones are canceled. Resolves with the orders
   * that did not end in time; the account goes on as before then. With none, `alignAccount` is to follow.
   */
  closeAccount(portfolioId: PortfolioId, accountId: AccountId): Promise<readonly Order[]>;
  /** Tries keys at the venue itself. */
  tryKeys(exchange: Venue, mode: AccountMode, keys: StoredCredentials): Promise<KeyTrial>;
  /**
   * Lets a paper account begin anew at its simulator, with the balances that one begins with. Its orders must have ended.
   * Rejects where the database does not answer.
   */
  resetPaperAccount(account: AccountRecord): Promise<void>;
  /** Rejects where the simulator does not answer: the assets may have been moved. */
  movePaperAssets(account: AccountRecord, move: PaperMove): Promise<PaperMoveOutcome>;
  /** The address of the control API of the simulator behind paper accounts; null while none is used. */
  simulatorControlUrl(): string | null;
  /**
   * The names of paper accounts at that simulator, as its control API takes them; an account is left out that it does not name
   * within a second.
   */
  simulatorAccounts(accounts: readonly AccountRecord[]): Promise<ReadonlyMap<AccountId, string>>;
  needsPassphrase(exchange: Venue): boolean;
  /** False while the risk check is off and the second flag is not set. */
  readonly allowsLive: boolean;
}

export interface HttpContext {
  readonly administration: Administration;
  readonly directory: Directory;
  readonly accounts: AccountBook;
  /** The desk of a portfolio that this node runs; undefined where it does not. */
  readonly deskOf: (portfolioId: PortfolioId) => Desk | undefined;
  readonly desks: () => readonly Desk[];
  /** Whether every account was read once since the start, or the time to wait for that is over. */
  readonly isWarm: () => boolean;
  readonly readModels: ReadModels;
  /** Null for an exchange that is not supported yet. */
  readonly capabilitiesOf: (venue: Venue) => VenueCapabilities | null;
  readonly metrics: ServiceMetrics;
  /** Tighter or wider bounds of the stream than `STREAM_LIMITS`. */
  readonly streamLimits?: Partial<StreamLimits>;
  /** Whether an error says that the database does not answer. */
  readonly isStorageUnavailable: (error: unknown) => boolean;
  /** Wall clock, milliseconds. */
  readonly now: () => number;
}

export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

declare module 'fastify' {
  interface FastifyInstance {
    /** Every route that is registered, in order. */
    readonly served: readonly ServedRoute[];
  }
  interface FastifyRequest {
    /** Set by authentication on every route that names a scope. */
    caller: Caller | null;
    /** The part of the answer that the line of the request in the log names; null for a reading that succeeds. */
    outcome: RequestOutcome | null;
  }
  interface FastifyContextConfig {
    /** The scope that the token must have; absent on routes that need no token. */
    readonly scope?: Scope;
    /** Set where the token must have power over other users. */
    readonly power?: Exclude<UsersPower, 'none'>;
    /** The tokens for a part of a portfolio that may use the route. A route that does not say so refuses all of them. */
    readonly bound?: BoundTokens;
  }
}

/** The caller of a route that names a scope. */
export function callerOf(request: { readonly caller: Caller | null }): Caller {
  if (request.caller === null) throw new TypeError('a route without a scope asked for its caller');
  return request.caller;
}

/**
 * The desk of the caller's portfolio, with nothing in it but what the token is for. Throws `EngineUnavailable` where this node
 * does not run it.
 */
export function deskOf(context: HttpContext, caller: Caller): Desk {
  const desk = wholeDeskOf(context, caller.portfolioId);
  return isBound(caller.bounds) ? boundDesk(desk, caller.bounds) : desk;
}

/**
 * The desk of a portfolio, with all that is in it, for callers that were admitted to it. Throws as `deskOf`: a node that is
 * still starting does not know yet whether the portfolio is another one's.
 */
export function wholeDeskOf(context: Pick<HttpContext, 'deskOf' | 'isWarm'>, portfolioId: PortfolioId): Desk {
  const desk = context.deskOf(portfolioId);
  if (desk !== undefined) return desk;
  throw context.isWarm()
    ? new EngineUnavailable('not_owner', 'this node does not run the portfolio', 1_000)
    : new EngineUnavailable(
        'recovering',
        'the service is starting, and has not opened the portfolio yet',
        1_000,
      );
}

/** The accounts of the caller's portfolio that the token is for. */
export function accountsOf(context: HttpContext, { portfolioId, bounds }: Caller): readonly AccountRecord[] {
  return context.accounts
    .of(portfolioId)
    .filter(({ accountId }) => bounds.accounts === null || bounds.accounts.includes(accountId));
}

/** The name of the caller in the journal. */
export function requesterName(caller: Caller): string {
  return `${caller.userName}/${caller.tokenLabel}`;
}
