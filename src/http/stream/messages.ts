/**
 * The messages of the stream, as schemas: those that a client sends, and those that it is sent. The AsyncAPI document is made of
 * them, and whatever makes a message is typed by them.
 *
 * Entry points: `CLIENT_MESSAGES`, `SERVICE_MESSAGES`, and the type of each message.
 */
import { z } from 'zod';
import { VENUES } from '../../core/ids.ts';
import { POSITION_SIDES } from '../../core/order/terms.ts';
import type { PortfolioEventType } from '../../core/portfolio/events.ts';
import { SCOPES } from '../../directory/token.ts';
import { decimalOut, timeOut } from '../fields.ts';
import { balanceView, WALLET_VIEWS } from '../views/balance.ts';
import { driftCaseView } from '../views/drift-case.ts';
import { fillView } from '../views/fill.ts';
import { orderView } from '../views/order.ts';
import { positionView } from '../views/position.ts';
import { problemCode } from '../views/problem.ts';
import { quoteFields } from '../views/quote.ts';
import { riskAlarmView } from '../views/risk-alarm.ts';
import { eventsOn, PORTFOLIO_CHANNELS, type PortfolioChannel } from './channels.ts';

/** Channel names in one message; a connection's own limit is tighter. */
const MOST_NAMES = 1_000;

const names = z
  .array(z.string({ error: 'must be text' }).max(100, 'must have at most 100 characters'), {
    error: 'must be a list of channels',
  })
  .max(MOST_NAMES, `must have at most ${MOST_NAMES} channels`)
  .meta({
    description: `Of ${PORTFOLIO_CHANNELS.join(', ')}, and prices:<exchange>:<symbol>.`,
    examples: [['orders', 'positions', 'prices:binance:BTC/USDT']],
  });

export const loginMessage = z
  .strictObject({ token: z.string().min(1).max(512) })
  .meta({ id: 'StreamLogin', description: 'The first message, unless the header had the token.' });

export const wishMessage = z
  .strictObject({
    subscribe: names.optional(),
    unsubscribe: names.optional(),
    after: z
      .int({ error: 'must be a whole number' })
      .min(0, 'must be at least 0')
      .optional()
      .meta({ description: 'The last seq that was seen; goes with `subscribe`.' }),
  })
  .refine(
    ({ subscribe, unsubscribe }) => (subscribe === undefined) !== (unsubscribe === undefined),
    'must have either subscribe or unsubscribe',
  )
  .refine(({ subscribe, after }) => after === undefined || subscribe !== undefined, {
    path: ['after'],
    error: 'goes with subscribe',
  })
  .meta({
    id: 'StreamSubscription',
    description: 'Either `subscribe`, which replaces what was subscribed to, or `unsubscribe`.',
  });

const welcomeMessage = z
  .object({ login: z.object({ user: z.string(), scopes: z.array(z.enum(SCOPES)) }) })
  .meta({ id: 'StreamWelcome', description: 'The login was taken.' });

const subscribedMessage = z
  .object({
    subscribed: z.array(z.string()),
    seq: z.int().meta({ description: 'Messages of the portfolio are of what comes after it.' }),
  })
  .meta({ id: 'StreamSubscribed', description: 'The channels that are subscribed to from here on.' });

const errorMessage = z
  .object({
    error: z
      .looseObject({ code: problemCode, detail: z.string() })
      .meta({ description: 'With the figures of the code, as in the problem documents of REST.' }),
  })
  .meta({ id: 'StreamError', description: 'A message that was wrong, and changed nothing.' });

const numbered = {
  seq: z.int().meta({ description: "Its place in the portfolio's journal." }),
  at: timeOut,
  more: z.literal(true).optional().meta({
    description:
      'Another message of the same seq follows. A client that was cut off here comes back with the seq before it.',
  }),
};

const record = z.record(z.string(), z.unknown()).optional().meta({
  description:
    'The event as the journal has it, as in `GET /journal`. Not for tokens that are bound to accounts or strategies.',
});

function eventOn(channel: PortfolioChannel): z.ZodType<PortfolioEventType> {
  return z.enum(eventsOn(channel) as [PortfolioEventType, ...PortfolioEventType[]]);
}

const orderMessage = z
  .object({
    channel: z.literal('orders'),
    ...numbered,
    event: eventOn('orders'),
    orders: z.array(orderView).meta({ description: 'The order of the event as it is now.' }),
    data: record,
  })
  .meta({ id: 'OrderMessage', description: 'An event of an order.' });

const fillMessage = z
  .object({
    channel: z.literal('fills'),
    ...numbered,
    event: eventOn('fills'),
    fill: fillView,
    data: record,
  })
  .meta({ id: 'FillMessage', description: 'An execution, of an order that was placed here or elsewhere.' });

const asOf = {
  as_of_seq: z.int().meta({
    description: 'What the message says is as it was after this seq, which may be later than its own.',
  }),
};

const positionMessage = z
  .object({
    channel: z.literal('positions'),
    ...numbered,
    ...asOf,
    exchange: z.enum(VENUES).nullable(),
    account: z.string(),
    symbol: z.string().nullable().meta({
      description:
        'Null: whatever was open on the account is no more, as the simulator behind it began anew.',
    }),
    position_side: z.enum(POSITION_SIDES).nullable(),
    position: positionView.nullable().meta({ description: 'Null: it is closed.' }),
    realized_pnl: decimalOut.nullable().meta({
      description:
        'Of the position, in the quote currency, fees and funding apart; of one that is closed what it had realised until then.',
    }),
  })
  .meta({
    id: 'PositionMessage',
    description:
      'A position that is not as it was, or is closed. A move of the market alone is no change: prices have channels of their own. Another leverage or margin mode has no record in the journal: it is sent under the seq of the last event.',
  });

const balanceMessage = z
  .object({
    channel: z.literal('balances'),
    ...numbered,
    ...asOf,
    exchange: z.enum(VENUES).nullable(),
    account: z.string(),
    asset: z.string().nullable().meta({
      description: 'Null: every balance of the account is gone, as the simulator behind it began anew.',
    }),
    wallet: z.enum(WALLET_VIEWS).nullable(),
    balance: balanceView.nullable().meta({ description: 'Null: it is gone.' }),
  })
  .meta({ id: 'BalanceMessage', description: 'A balance that is not as it was, or is gone.' });

const riskMessage = z
  .object({ channel: z.literal('risk'), ...numbered, event: eventOn('risk'), data: record })
  .meta({ id: 'RiskMessage', description: 'An event of the journal that concerns risk.' });

const alarmsMessage = z
  .object({
    channel: z.literal('risk'),
    event: z.literal('alarms'),
    at: timeOut,
    as_of_seq: z.int(),
    alarms: z.array(riskAlarmView).meta({ description: 'All that stand.' }),
    raised: z.array(z.string()).meta({
      description:
        'The ids of those that were not in the list before, or of which the step or the reason is another.',
    }),
    over: z.array(z.string()).meta({ description: 'The ids of those that were in the list before.' }),
    snapshot: z.literal(true).optional().meta({ description: 'The first list of a subscription.' }),
  })
  .meta({
    id: 'AlarmsMessage',
    description:
      'All alarms of the portfolio: at the beginning of a subscription to `risk`, and whenever one comes, becomes another or is over. They are of now and have no seq.',
  });

const driftMessage = z
  .object({
    channel: z.literal('drift'),
    ...numbered,
    event: eventOn('drift'),
    drift: driftCaseView
      .nullable()
      .meta({ description: 'Null for a case that was resolved before its particulars were kept.' }),
    data: record,
  })
  .meta({ id: 'DriftMessage', description: 'A case was opened or resolved.' });

const priceMessage = z
  .object({
    channel: z.string().meta({ examples: ['prices:binance:BTC/USDT'] }),
    exchange: z.enum(VENUES),
    account: z.string(),
    symbol: z.string(),
    ...quoteFields,
    age_ms: z.int().meta({ description: 'Of the older of book and mark.' }),
    stale: z.boolean().meta({ description: 'Whether it is too old to place an order on.' }),
    snapshot: z.literal(true).optional().meta({ description: 'The first message of a subscription.' }),
  })
  .meta({ id: 'PriceMessage', description: 'The latest prices of an instrument.' });

export type WelcomeMessage = z.output<typeof welcomeMessage>;
export type SubscribedMessage = z.output<typeof subscribedMessage>;
export type OrderMessage = z.output<typeof orderMessage>;
export type FillMessage = z.output<typeof fillMessage>;
export type PositionMessage = z.output<typeof positionMessage>;
export type BalanceMessage = z.output<typeof balanceMessage>;
export type RiskMessage = z.output<typeof riskMessage>;
export type AlarmsMessage = z.output<typeof alarmsMessage>;
export type DriftMessage = z.output<typeof driftMessage>;
export type PriceMessage = z.output<typeof priceMessage>;

/** The messages of the portfolio that are numbered by its journal. */
export type NumberedMessage =
  | OrderMessage
  | FillMessage
  | PositionMessage
  | BalanceMessage
  | RiskMessage
  | DriftMessage;

export const CLIENT_MESSAGES = [loginMessage, wishMessage] as const;

export const SERVICE_MESSAGES = [
  welcomeMessage,
  subscribedMessage,
  errorMessage,
  orderMessage,
  fillMessage,
  positionMessage,
  balanceMessage,
  riskMessage,
  alarmsMessage,
  driftMessage,
  priceMessage,
] as const;
