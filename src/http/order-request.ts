/**
 * The bodies of order requests, and the intents that they give the engine.
 *
 * Entry points: `marketOrderBody`, `limitOrderBody`, `stopOrderBody`, `takeProfitOrderBody`, `anyOrderBody`, `toIntent`.
 */
import { z } from 'zod';
import { clientOrderId } from '../core/ids.ts';
import type { AccountRecord } from '../directory/accounts.ts';
import type { Caller } from '../directory/callers.ts';
import { impliedDirection, TRIGGER_DIRECTIONS } from '../core/order/protection.ts';
import type { PlaceIntent } from '../engine/desk.ts';
import { requesterName } from './context.ts';
import {
  accountField,
  clientOrderIdField,
  exchangeField,
  flagField,
  integerField,
  modeField,
  positionSideField,
  positiveDecimal,
  sideField,
  strategyField,
  symbolField,
  textField,
  timeField,
} from './fields.ts';
import { contentHash } from './idempotency.ts';

export const DEFAULT_WAIT_MS = 5_000;
export const MAX_WAIT_MS = 30_000;
const MAX_SEND_WITHIN_MS = 300_000;
export const MAX_PROTECTION_BPS = 5_000;

const commonFields = {
  exchange: exchangeField,
  symbol: symbolField,
  side: sideField,
  account: accountField.optional(),
  mode: modeField
    .optional()
    .meta({ description: 'Asserts the mode of the account; nothing is done when it is another.' }),
  client_order_id: clientOrderIdField.optional(),
  reduce_only: flagField.default(false),
  position_side: positionSideField.optional().meta({
    description:
      'The position that it trades: `net` in one-way mode, which is the default; `long` or `short` in hedged mode.',
  }),
  send_within_ms: integerField(1, MAX_SEND_WITHIN_MS).optional(),
  wait_ms: integerField(0, MAX_WAIT_MS).default(DEFAULT_WAIT_MS),
  strategy: strategyField.optional(),
};

const marketFields = {
  ...commonFields,
  type: z.literal('market', { error: 'must be market' }).default('market'),
  quantity: positiveDecimal.optional(),
  cost: positiveDecimal
    .optional()
    .meta({ description: 'Quote amount to spend, for spot buys; instead of quantity.' }),
  market_protection_bps: integerField(0, MAX_PROTECTION_BPS).optional(),
};

const limitFields = {
  ...commonFields,
  type: z.literal('limit', { error: 'must be limit' }).default('limit'),
  quantity: positiveDecimal,
  price: positiveDecimal,
  time_in_force: z
    .enum(['GTC', 'IOC', 'FOK', 'GTD'], { error: 'must be GTC, IOC, FOK or GTD' })
    .default('GTC'),
  expires_at: timeField.optional(),
  post_only: flagField.default(false),
};

const conditionalFields = {
  ...commonFields,
  quantity: positiveDecimal,
  stop_price: positiveDecimal,
  price: positiveDecimal.optional(),
  trigger: z.enum(['last', 'mark', 'index'], { error: 'must be last, mark or index' }).optional(),
  trigger_direction: z.enum(TRIGGER_DIRECTIONS, { error: 'must be rising or falling' }).optional().meta({
    description:
      'Asserts which way the market moves when it triggers. `stop`: a sale falling, a purchase rising; `take_profit`: the reverse.',
  }),
  on_would_trigger: z
    .enum(['refuse', 'close_now'], { error: 'must be refuse or close_now' })
    .default('refuse')
    .meta({
      description:
        'With the market at its stop price or beyond: `refuse` answers 422 `would_trigger`; `close_now`, for orders that close a position, sends a market order instead.',
    }),
  keep_after_close: flagField.default(false).meta({
    description:
      'Of a stop that protects a position, and of a target of a swap: it stays when the position is closed. By default it is canceled with it.',
  }),
  time_in_force: z.enum(['GTC', 'GTD'], { error: 'must be GTC or GTD' }).default('GTC'),
  expires_at: timeField.optional(),
};

const stopFields = {
  ...conditionalFields,
  type: z.literal('stop', { error: 'must be stop' }).default('stop'),
};

const takeProfitFields = {
  ...conditionalFields,
  type: z.literal('take_profit', { error: 'must be take_profit' }).default('take_profit'),
};

type Issues = { code: 'custom'; path: string[]; message: string; input: unknown }[];

function checkMarket(
  body: { readonly quantity?: unknown; readonly cost?: unknown; readonly side: string },
  issues: Issues,
): void {
  if ((body.quantity === undefined) === (body.cost === undefined)) {
    const message =
      body.quantity === undefined ? 'is required, or cost instead' : 'must not be given together with cost';
    issues.push({ code: 'custom', path: ['quantity'], message, input: body });
  }
  if (body.cost !== undefined && body.side === 'sell') {
    issues.push({ code: 'custom', path: ['cost'], message: 'is for buys; give a quantity', input: body });
  }
}

function checkExpiry(
  body: { readonly time_in_force: string; readonly expires_at?: number | undefined },
  issues: Issues,
): void {
  if ((body.time_in_force === 'GTD') !== (body.expires_at !== undefined)) {
    const message =
      body.expires_at === undefined ? 'is required with GTD' : 'must be left out unless time_in_force is GTD';
    issues.push({ code: 'custom', path: ['expires_at'], message, input: body });
  }
}

function checkConditional(
  body: {
    readonly type: 'stop' | 'take_profit';
    readonly side: 'buy' | 'sell';
    readonly trigger_direction?: string | undefined;
    readonly time_in_force: string;
    readonly expires_at?: number | undefined;
  },
  issues: Issues,
): void {
  checkExpiry(body, issues);
  const { type, side, trigger_direction: given } = body;
  const implied = impliedDirection(`${type}_market`, side);
  if (given === undefined || given === implied) return;
  const other = type === 'stop' ? 'take_profit' : 'stop';
  issues.push({
    code: 'custom',
    path: ['trigger_direction'],
    message: `must be ${implied} for a ${side} of type ${type}; one that triggers ${given} is of type ${other}`,
    input: body,
  });
}

const QUANTITY_OR_COST = 'Give `quantity`, or `cost` instead; `cost` is for buys.';
const EXPIRY_WITH_GTD = 'Give `expires_at` with `time_in_force` GTD, and only then.';
const STOP_RULES = `${EXPIRY_WITH_GTD} It triggers against a holding: a sale as the price falls, a purchase as it rises.`;
const TAKE_PROFIT_RULES = `${EXPIRY_WITH_GTD} It triggers in favour of a holding: a sale as the price rises, a purchase as it falls.`;

export const marketOrderBody = z
  .strictObject(marketFields)
  .check(({ value, issues }) => {
    checkMarket(value, issues as Issues);
  })
  .meta({ id: 'MarketOrder', description: QUANTITY_OR_COST });
export const limitOrderBody = z
  .strictObject(limitFields)
  .check(({ value, issues }) => {
    checkExpiry(value, issues as Issues);
  })
  .meta({ id: 'LimitOrder', description: EXPIRY_WITH_GTD });
export const stopOrderBody = z
  .strictObject(stopFields)
  .check(({ value, issues }) => {
    checkConditional(value, issues as Issues);
  })
  .meta({ id: 'StopOrder', description: STOP_RULES });
export const takeProfitOrderBody = z
  .strictObject(takeProfitFields)
  .check(({ value, issues }) => {
    checkConditional(value, issues as Issues);
  })
  .meta({ id: 'TakeProfitOrder', description: TAKE_PROFIT_RULES });

/** An order of any type, which `type` names. */
export const anyOrderBody = z
  .discriminatedUnion(
    'type',
    [
      z
        .strictObject({ ...marketFields, type: z.literal('market') })
        .check(({ value, issues }) => {
          checkMarket(value, issues as Issues);
        })
        .meta({ description: QUANTITY_OR_COST }),
      z
        .strictObject({ ...limitFields, type: z.literal('limit') })
        .check(({ value, issues }) => {
          checkExpiry(value, issues as Issues);
        })
        .meta({ description: EXPIRY_WITH_GTD }),
      z
        .strictObject({ ...stopFields, type: z.literal('stop') })
        .check(({ value, issues }) => {
          checkConditional(value, issues as Issues);
        })
        .meta({ description: STOP_RULES }),
      z
        .strictObject({ ...takeProfitFields, type: z.literal('take_profit') })
        .check(({ value, issues }) => {
          checkConditional(value, issues as Issues);
        })
        .meta({ description: TAKE_PROFIT_RULES }),
    ],
    {
      error: (issue) =>
        issue.code === 'invalid_union' ? 'must be market, limit, stop or take_profit' : 'must be an order',
    },
  )
  .meta({ id: 'AnyOrder' });

export type AnyOrderBody = z.output<typeof anyOrderBody>;

export const idempotencyHeaders = z.object({
  'idempotency-key': textField(128)
    .optional()
    .meta({ description: 'The same key with the same content is answered with the first outcome.' }),
});

type Content = Omit<PlaceIntent, 'requestedBy' | 'idempotency'>;

/** The intent of a body, with its defaults. `headerKey` wins over `client_order_id` as the idempotency key. */
export function toIntent(
  body: AnyOrderBody,
  account: AccountRecord,
  caller: Caller,
  headerKey: string | null,
): PlaceIntent {
  const content = contentOf({ ...body, strategy: body.strategy ?? onlyStrategy(caller) }, account);
  const key = headerKey ?? body.client_order_id ?? null;
  return {
    ...content,
    requestedBy: requesterName(caller),
    idempotency: key === null ? null : { key, contentHash: contentOfKey(content) },
  };
}

/** The strategy of a token that is for one alone. */
export function onlyStrategy({ bounds: { strategies } }: Caller): string | undefined {
  return strategies?.length === 1 ? strategies[0] : undefined;
}

/** A request from before there were position sides has the hash that it had: the usual side is left out of it. */
function contentOfKey({ positionSide, ...content }: Content): string {
  return contentHash(positionSide === 'net' ? content : { ...content, positionSide });
}

function contentOf(body: AnyOrderBody, account: AccountRecord): Content {
  const common = {
    accountId: account.accountId,
    clientOrderId: body.client_order_id === undefined ? null : clientOrderId(body.client_order_id),
    symbol: body.symbol,
    side: body.side,
    positionSide: body.position_side ?? ('net' as const),
    reduceOnly: body.reduce_only,
    sendWithinMs: body.send_within_ms ?? null,
    strategy: body.strategy ?? null,
  };
  switch (body.type) {
    case 'market':
      return {
        ...common,
        type: 'market',
        quantity: body.quantity ?? null,
        cost: body.cost ?? null,
        price: null,
        stopPrice: null,
        trigger: null,
        timeInForce: 'IOC',
        expiresAt: null,
        postOnly: false,
        marketProtectionBps: body.market_protection_bps ?? null,
      };
    case 'limit':
      return {
        ...common,
        type: 'limit',
        quantity: body.quantity,
        cost: null,
        price: body.price,
        stopPrice: null,
        trigger: null,
        timeInForce: body.time_in_force,
        expiresAt: body.expires_at ?? null,
        postOnly: body.post_only,
        marketProtectionBps: null,
      };
    case 'stop':
    case 'take_profit':
      return {
        ...common,
        type: body.price === undefined ? `${body.type}_market` : `${body.type}_limit`,
        // Left out where they hold their usual value: a request keeps the hash that it had before they were.
        ...(body.on_would_trigger === 'close_now' ? { onWouldTrigger: body.on_would_trigger } : {}),
        ...(body.keep_after_close ? { keepAfterClose: true as const } : {}),
        quantity: body.quantity,
        cost: null,
        price: body.price ?? null,
        stopPrice: body.stop_price,
        trigger: body.trigger ?? null,
        timeInForce: body.time_in_force,
        expiresAt: body.expires_at ?? null,
        postOnly: false,
        marketProtectionBps: null,
      };
  }
}
