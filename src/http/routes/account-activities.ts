import { z } from 'zod';
import { ACCOUNT_MODES, VENUES } from '../../core/ids.ts';
import { chooseAccount } from '../account-choice.ts';
import { accountsOf, callerOf, type App, type HttpContext } from '../context.ts';
import { accountField, exchangeField, integerText, textField, timeText } from '../fields.ts';
import { ACTIVITY_KINDS, activityView, toActivityView, typesOfActivity } from '../views/activity.ts';

const MAX_PAGE = 1_000;
const DEFAULT_PAGE = 100;

const query = z.strictObject({
  exchange: exchangeField,
  account: accountField.optional(),
  kind: z.enum(ACTIVITY_KINDS, { error: `must be one of ${ACTIVITY_KINDS.join(', ')}` }).optional(),
  since: timeText.optional(),
  until: timeText.optional(),
  limit: integerText(1, MAX_PAGE).default(DEFAULT_PAGE),
  cursor: textField(512).optional(),
});

/** `GET /trading/v2/account/activities`: the activities of an account, newest first. */
export function accountActivitiesRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'GET',
    url: '/trading/v2/account/activities',
    config: { scope: 'read', bound: 'accounts' },
    schema: {
      summary: 'List the activities of an account',
      tags: ['account'],
      querystring: query,
      response: {
        200: z.object({
          exchange: z.enum(VENUES),
          account: z.string(),
          mode: z.enum(ACCOUNT_MODES),
          activities: z.array(activityView),
          next_cursor: z.string().nullable().meta({
            description:
              'Null on the last page. A page may be short, even empty, and yet have another behind it: one page looks through 5,000 records at the most.',
          }),
        }),
      },
    },
    handler: async (request) => {
      const caller = callerOf(request);
      const { portfolioId } = caller;
      const { kind, since, until, limit, cursor, ...wish } = request.query;
      const { accountId, exchange, mode } = chooseAccount(accountsOf(context, caller), wish);
      const page = await context.readModels.records({
        portfolioId,
        accountId,
        types: typesOfActivity(kind),
        limit,
        ...(since === undefined ? {} : { since }),
        ...(until === undefined ? {} : { until }),
        ...(cursor === undefined ? {} : { cursor }),
      });
      return {
        exchange,
        account: accountId,
        mode,
        activities: page.records
          .map((record) => toActivityView(record, exchange))
          .filter((activity) => activity !== null),
        next_cursor: page.nextCursor,
      };
    },
  });
}
