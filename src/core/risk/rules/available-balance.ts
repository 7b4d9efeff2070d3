import { availableBalance } from '../../balance/available.ts';
import { requiredHold } from '../../balance/hold.ts';
import { refusal } from '../refusal.ts';
import { PASSED, passed, refused, type RiskRule } from '../rule.ts';

/** The amount that the order would reserve must be free, after everything that is reserved already. */
export const availableBalanceRule: RiskRule = ({
  state,
  request,
  setting,
  context,
  excluding,
  protectionPrice,
  reducing,
}) => {
  if (setting.kind === 'linear_swap' && reducing) return PASSED;
  // A purchase is valued with the market; without one the rule on market data refuses it.
  if (context.quote === null && request.side === 'buy') return PASSED;
  const required = requiredHold(request, setting, context, protectionPrice);
  const available = availableBalance(
    state,
    request.accountId,
    required.hold.wallet,
    required.hold.holdAsset,
    setting.kind === 'linear_swap' ? 'holds_margin' : request.side === 'sell' ? 'sells' : 'spends',
    context,
    excluding,
  );
  if (required.amount.greaterThan(available)) {
    return refused(
      refusal(
        'available_balance',
        'insufficient_balance',
        `${required.hold.holdAsset}: the order needs ${required.amount.toString()} and ${available.toString()} is available`,
        { limit: available, actual: required.amount },
      ),
    );
  }
  return passed(available, required.amount);
};
