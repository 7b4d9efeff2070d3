/**
 * Settings at the exchange: asks the desk to set one, and answers with the value that is proven.
 *
 * Entry points: `changeSetting`, `settingFields`, `settingView`.
 */
import { z } from 'zod';
import { ACCOUNT_MODES, VENUES } from '../core/ids.ts';
import { NOT_EXPRESSIBLE } from '../core/venue/outcome.ts';
import { settingValue, type SettingChange } from '../core/venue/setting.ts';
import type { AccountRecord } from '../directory/accounts.ts';
import type { Caller } from '../directory/callers.ts';
import type { SettingAnswer } from '../engine/desk.ts';
import { deskOf, requesterName, type HttpContext } from './context.ts';
import { accountField, exchangeField, modeField, textField } from './fields.ts';
import { Problem, unlistedProblem } from './problem.ts';

export const settingFields = {
  exchange: exchangeField,
  account: accountField.optional(),
  mode: modeField.optional(),
  reason: textField(500)
    .optional()
    .meta({ description: 'Kept in the journal.', examples: ['less risk'] }),
};

export const settingView = {
  exchange: z.enum(VENUES),
  account: z.string(),
  mode: z.enum(ACCOUNT_MODES),
  confirmed_by: z.enum(['answer', 'reading']).meta({
    description: 'Whether the exchange said so itself, or its answer was lost and a reading shows it.',
  }),
};

/** The fields of every answer to a setting. */
export interface SettingFacts {
  readonly exchange: AccountRecord['exchange'];
  readonly account: string;
  readonly mode: AccountRecord['mode'];
  readonly confirmed_by: 'answer' | 'reading';
}

/** Resolves once the exchange holds the setting. Throws a `Problem` for everything else. */
export async function changeSetting(
  context: HttpContext,
  caller: Caller,
  account: AccountRecord,
  change: SettingChange,
  reason: string | undefined,
): Promise<SettingFacts> {
  const { accountId, exchange, mode } = account;
  const answer = await deskOf(context, caller).controls.changeSetting(
    accountId,
    change,
    requesterName(caller),
    reason ?? '',
  );
  if (answer.kind !== 'set') throw problemOf(answer, account, change);
  return { exchange, account: accountId, mode, confirmed_by: answer.confirmedBy };
}

function problemOf(
  answer: Exclude<SettingAnswer, { kind: 'set' }>,
  { accountId, exchange }: AccountRecord,
  change: SettingChange,
): Problem {
  switch (answer.kind) {
    case 'denied': {
      const { code, rule, limit, actual, detail } = answer.refusal;
      return new Problem(code, `${detail}; nothing was sent.`, { rule, limit, actual });
    }
    case 'refused': {
      const { kind, venueCode, venueMessage } = answer.venueRefusal;
      if (venueCode === NOT_EXPRESSIBLE)
        return new Problem('setting_not_offered', `${venueMessage}; nothing was sent to ${exchange}.`);
      return new Problem('venue_rejected', `${exchange} refused it: ${venueMessage}`, {
        venue_code: venueCode,
        venue_message: venueMessage,
        reason: kind,
      });
    }
    case 'not_sent':
      switch (answer.reason) {
        case 'rate_budget':
        case 'throttled':
          return new Problem('rate_budget', `${exchange} was not asked: ${answer.detail}.`);
        case 'expired':
          return new Problem('not_owner', `${exchange} was not asked: ${answer.detail}.`);
        case 'annulled':
        case 'connect_failed':
        case 'breaker_open':
        case 'timestamp_refused':
          return new Problem('venue_unreachable', `Nothing was set: ${answer.detail}.`);
      }
    case 'unknown':
      return new Problem(
        'setting_unknown',
        answer.shown === null
          ? `${exchange} did not answer, and the setting cannot be read: ${answer.detail}.`
          : `${exchange} did not answer, and still shows ${answer.shown}: ${answer.detail}.`,
        { expected: settingValue(change), actual: answer.shown },
      );
    case 'not_offered':
      return new Problem('setting_not_offered', answer.detail);
    case 'unknown_account':
      return new Problem('account_not_found', `This node does not serve account ${accountId}.`);
    case 'unknown_instrument':
      return unlistedProblem(change.setting === 'position_mode' ? '' : change.symbol, exchange);
  }
}
