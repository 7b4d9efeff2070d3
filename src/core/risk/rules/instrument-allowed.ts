import { refusal } from '../refusal.ts';
import { PASSED, refused, type RiskRule } from '../rule.ts';

/** Only listed instruments may be traded; what is held of another may still be closed. */
export const instrumentAllowed: RiskRule = ({ request, context, closing }) => {
  const allowed = context.limits.allowedSymbols;
  if (allowed === null || closing || allowed.includes(request.symbol)) return PASSED;
  return refused(
    refusal(
      'instrument_allowed',
      'instrument_not_allowed',
      `symbol: ${request.symbol} is not among the allowed instruments`,
      { limit: allowed.join(' '), actual: request.symbol },
    ),
  );
};
