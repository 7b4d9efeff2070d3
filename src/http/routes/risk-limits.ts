/**
 * The limits of the portfolio, of its accounts and of instruments: reads them with their history, and changes them.
 *
 * Entry point: `riskLimitsRoute`.
 *
 * Invariants:
 *  1. A change names the version that its author saw; another version is a conflict and changes nothing.
 *  2. A limit is set on the scopes of `LIMITS_OF_SCOPE` alone; a limit of another scope is refused with the name of its field.
 */
import { z } from 'zod';
import { COUNTED_ACCEPTANCES } from '../../core/portfolio/state.ts';
import {
  EVERY_FIGURE,
  LIMITS_OF_SCOPE,
  PORTFOLIO_SCOPE,
  scopeKey,
  type LimitScope,
} from '../../core/risk/limit-scopes.ts';
import { DEFAULT_LIMITS, type RiskLimits, type SetLimits } from '../../core/risk/limits.ts';
import type { Caller } from '../../directory/callers.ts';
import type { Desk } from '../../engine/desk.ts';
import { chooseAccount } from '../account-choice.ts';
import { accountsOf, callerOf, deskOf, requesterName, type App, type HttpContext } from '../context.ts';
import {
  accountField,
  exchangeField,
  fractionField,
  integerField,
  integerText,
  positiveDecimal,
  symbolField,
  textField,
} from '../fields.ts';
import { Problem, fieldProblem } from '../problem.ts';
import { chooseScope, SCOPE_FIELDS } from '../scope-choice.ts';
import {
  LIMIT_FIELDS,
  limitChangeView,
  limitsInForceView,
  setLimitsView,
  storedLimitsView,
  toLimitChangeView,
  toLimitsInForceView,
  toSetLimitsView,
  toStoredLimitsView,
  untouchedLimitsView,
} from '../views/limits.ts';

const MAX_PAGE = 200;
const DEFAULT_PAGE = 20;
const MAX_SYMBOLS = 1_000;
const MAX_COUNT = 100_000;
const DAY_MS = 86_400_000;
const MAX_STALE_MS = 600_000;
/** Equal orders are compared while they are in memory, which finished ones leave after half a minute. */
const MAX_DUPLICATE_WINDOW_MS = 30_000;

const effectiveOn = z
  .object({ account: z.string(), exchange: z.string(), symbol: z.string().nullable() })
  .nullable()
  .meta({
    description: 'The account and instrument that `effective` applies to; null: the whole portfolio.',
  });

const limitsAnswer = z
  .object({
    effective: limitsInForceView,
    effective_on: effectiveOn,
    defaults: limitsInForceView,
    environment: setLimitsView,
    stored: z
      .array(storedLimitsView)
      .meta({ description: 'The portfolio first, then every scope with limits.' }),
    history: z.array(limitChangeView).meta({ description: 'Changes of all scopes, newest first.' }),
    next_cursor: z.string().nullable(),
    as_of_seq: z.int(),
  })
  .meta({ id: 'RiskLimits' });

const query = z.strictObject({
  exchange: exchangeField.optional(),
  account: accountField.optional(),
  symbol: symbolField.optional(),
  limit: integerText(1, MAX_PAGE).default(DEFAULT_PAGE),
  cursor: textField(512).optional(),
});

const money = positiveDecimal.nullable().optional();
const count = (least: number, most: number) => integerField(least, most).nullable().optional();

const figures = z
  .strictObject({
    max_position_notional: money.meta({ description: 'Quote units per instrument, worst case.' }),
    max_total_exposure: money.meta({ description: 'Quote units over all instruments. Portfolio only.' }),
    max_order_notional: money.meta({ description: 'Quote units per order.' }),
    max_order_quantity: money.meta({ description: 'Base units per order.' }),
    max_open_orders: count(0, MAX_COUNT).meta({ description: 'Portfolio and strategy only.' }),
    max_orders_per_window: count(0, COUNTED_ACCEPTANCES).meta({ description: 'Portfolio only.' }),
    order_rate_window_ms: count(1, DAY_MS).meta({ description: 'Portfolio only.' }),
    max_leverage: money,
    max_daily_loss: money.meta({ description: 'Quote units since 00:00 UTC. Portfolio and strategy only.' }),
    max_drawdown: fractionField
      .nullable()
      .optional()
      .meta({ description: 'Fraction of peak equity. Portfolio only.' }),
    max_margin_ratio: fractionField.nullable().optional().meta({
      description: 'Maintenance margin as a fraction of the margin balance. Portfolio and account only.',
    }),
    min_liquidation_distance: fractionField.nullable().optional().meta({
      description:
        'Fraction of the mark, from a position to its liquidation price. Portfolio and account only.',
    }),
    price_collar_bps: count(0, 10_000),
    stale_quote_ms: count(1, MAX_STALE_MS),
    duplicate_window_ms: count(0, MAX_DUPLICATE_WINDOW_MS).meta({ description: '0 turns the rule off.' }),
    allowed_symbols: z
      .array(symbolField)
      .max(MAX_SYMBOLS, `must name at most ${MAX_SYMBOLS} symbols`)
      .nullable()
      .optional()
      .meta({ description: 'Portfolio, account and strategy only; an empty list allows none.' }),
  })
  .meta({ description: 'Figures to set, null to clear one; those not named stay as they are.' });

const body = z
  .strictObject({
    ...SCOPE_FIELDS,
    version: integerField(0, Number.MAX_SAFE_INTEGER).meta({
      description: 'The version you have seen of this scope; 0 where nothing was ever stored.',
    }),
    reason: textField(500),
    limits: figures,
  })
  .meta({
    examples: [
      {
        scope: 'instrument',
        exchange: 'binance',
        symbol: 'BTC/USDT',
        version: 0,
        reason: 'smaller until the new strategy has run for a week',
        limits: { max_position_notional: '5000', max_order_notional: '1000' },
      },
    ],
  });

const changeAnswer = z.object({
  stored: storedLimitsView,
  effective: limitsInForceView,
  effective_on: effectiveOn,
  as_of_seq: z.int(),
});

/** `GET` and `PUT /risk/limits` */
export function riskLimitsRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'GET',
    url: '/risk/limits',
    config: { scope: 'read' },
    schema: {
      summary: 'Show the limits: in force, of the environment, stored for each scope, and who changed them',
      tags: ['risk'],
      querystring: query,
      response: { 200: limitsAnswer },
    },
    handler: async (request): Promise<z.output<typeof limitsAnswer>> => {
      const caller = callerOf(request);
      const desk = deskOf(context, caller);
      const { limit, cursor, ...wish } = request.query;
      const subject = subjectOf(context, caller, wish);
      const [reading, page] = await Promise.all([
        desk.books.limits(subject),
        context.readModels.recordsOfType(caller.portfolioId, 'limits_changed', limit, cursor),
      ]);
      const { environment, stored, inForce } = reading.value;
      const ofPortfolio = stored.filter(({ scope }) => scope.kind === 'portfolio').map(toStoredLimitsView);
      const within = stored.filter(({ scope }) => scope.kind !== 'portfolio').map(toStoredLimitsView);
      return {
        effective: toLimitsInForceView(inForce),
        effective_on: effectiveOnView(subject),
        defaults: toLimitsInForceView(DEFAULT_LIMITS),
        environment: toSetLimitsView(environment),
        stored: [
          ...(ofPortfolio.length > 0 ? ofPortfolio : [untouchedLimitsView(PORTFOLIO_SCOPE)]),
          ...within,
        ],
        history: page.records.map(toLimitChangeView).filter((change) => change !== null),
        next_cursor: page.nextCursor,
        as_of_seq: reading.seq,
      };
    },
  });

  app.route({
    method: 'PUT',
    url: '/risk/limits',
    config: { scope: 'admin' },
    schema: {
      summary: 'Change the limits of the portfolio, of an account, of an instrument, or of a strategy',
      tags: ['risk'],
      body,
      response: { 200: changeAnswer },
    },
    handler: async (request): Promise<z.output<typeof changeAnswer>> => {
      const caller = callerOf(request);
      const desk = deskOf(context, caller);
      const { version, reason } = request.body;
      const { scope, subject } = chooseScope(context, desk, caller, request.body);
      const outcome = await desk.controls.changeLimits({
        scope,
        expectedVersion: version,
        figures: figuresFor(scope, request.body.limits),
        requestedBy: requesterName(caller),
        why: reason,
      });
      switch (outcome.kind) {
        case 'limits_changed': {
          const { value, seq } = await desk.books.limits(subject);
          return {
            stored: toStoredLimitsView(outcome.stored),
            effective: toLimitsInForceView(value.inForce),
            effective_on: effectiveOnView(subject),
            as_of_seq: seq,
          };
        }
        case 'limits_version_conflict':
          throw new Problem(
            'limits_version_conflict',
            `version: the limits of ${scopeKey(scope)} are at version ${outcome.version}, not ${version}; nothing was changed.`,
            { expected: version, actual: outcome.version },
          );
        case 'limit_of_another_scope':
          throw notOfScope(scope, outcome.name);
        case 'too_many_limit_scopes':
          throw new Problem('too_many_limits', 'scope: no further scope can have limits of its own.');
      }
    },
  });
}

type Subject = Parameters<Desk['books']['limits']>[0];

function subjectOf(
  context: HttpContext,
  caller: Caller,
  { exchange, account, symbol }: Pick<z.output<typeof query>, 'exchange' | 'account' | 'symbol'>,
): Subject {
  if (exchange === undefined) {
    const field = symbol === undefined ? 'account' : 'symbol';
    if (symbol === undefined && account === undefined) return null;
    throw fieldProblem('exchange', `is required with ${field}`, 'querystring');
  }
  const { accountId } = chooseAccount(accountsOf(context, caller), { exchange, account });
  return { accountId, venue: exchange, symbol: symbol ?? null };
}

function effectiveOnView(subject: Subject): z.output<typeof effectiveOn> {
  if (subject === null) return null;
  return { account: subject.accountId, exchange: subject.venue, symbol: subject.symbol };
}

/** The figures of a change under the names of core. Throws a `Problem` for one that the scope may not set. */
function figuresFor(scope: LimitScope, given: z.output<typeof figures>): Partial<SetLimits> {
  const change: { -readonly [Name in keyof SetLimits]?: SetLimits[Name] } = {};
  if (given.max_position_notional !== undefined) change.maxPositionNotional = given.max_position_notional;
  if (given.max_total_exposure !== undefined) change.maxTotalExposure = given.max_total_exposure;
  if (given.max_order_notional !== undefined) change.maxOrderNotional = given.max_order_notional;
  if (given.max_order_quantity !== undefined) change.maxOrderQuantity = given.max_order_quantity;
  if (given.max_open_orders !== undefined) change.maxOpenOrders = given.max_open_orders;
  if (given.max_orders_per_window !== undefined) change.maxOrdersPerWindow = given.max_orders_per_window;
  if (given.order_rate_window_ms !== undefined) change.orderRateWindowMs = given.order_rate_window_ms;
  if (given.max_leverage !== undefined) change.maxLeverage = given.max_leverage;
  if (given.max_daily_loss !== undefined) change.maxDailyLoss = given.max_daily_loss;
  if (given.max_drawdown !== undefined) change.maxDrawdown = given.max_drawdown;
  if (given.max_margin_ratio !== undefined) change.maxMarginRatio = given.max_margin_ratio;
  if (given.min_liquidation_distance !== undefined)
    change.minLiquidationDistance = given.min_liquidation_distance;
  if (given.price_collar_bps !== undefined) change.priceCollarBps = given.price_collar_bps;
  if (given.stale_quote_ms !== undefined) change.staleQuoteMs = given.stale_quote_ms;
  if (given.duplicate_window_ms !== undefined) change.duplicateWindowMs = given.duplicate_window_ms;
  if (given.allowed_symbols !== undefined)
    change.allowedSymbols =
      given.allowed_symbols === null ? null : [...new Set<string>(given.allowed_symbols)];
  const allowed: readonly string[] = LIMITS_OF_SCOPE[scope.kind];
  for (const name of EVERY_FIGURE)
    if (name in change && !allowed.includes(name)) throw notOfScope(scope, name);
  if (Object.keys(change).length === 0) throw fieldProblem('limits', 'names no figure');
  return change;
}

function notOfScope(scope: LimitScope, name: keyof RiskLimits): Problem {
  const wider = LIMITS_OF_SCOPE.account.some((allowed) => allowed === name) ? 'account' : 'portfolio';
  return fieldProblem(`limits.${LIMIT_FIELDS[name]}`, `is set for the ${wider}, not for the ${scope.kind}`);
}
