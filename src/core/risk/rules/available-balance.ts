import { availableBalance, heldUnprovable } from '../../balance/available.ts';
import { requiredHold } from '../../balance/hold.ts';
import { refusal } from '../refusal.ts';
import { PASSED, passed, refused, type RiskRule } from '../rule.ts';
import { roundedDown, roundedUp } from '../stated-figure.ts';

/**
 * The amount that the order would reserve must be free, after everything that is reserved already. A sale that gets out is not held
 * to what orders that can never be proven reserve: they would deny it for ever, and the venue knows what is free.
 */
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
  const { wallet, holdAsset } = required.hold;
  const isSale = setting.kind === 'spot' && request.side === 'sell';
  const getsOut = isSale && request.getsOut === true;
  const available = availableBalance(
    state,
    request.accountId,
    wallet,
    holdAsset,
    setting.kind === 'linear_swap' ? 'holds_margin' : isSale ? 'sells' : 'spends',
    context,
    excluding,
    getsOut ? heldUnprovable(state, request.accountId, wallet, holdAsset) : undefined,
  );
  // A sale needs what it sells; all else is computed.
  const needed = isSale ? required.amount : roundedUp(required.amount);
  const free = isSale ? available : roundedDown(available);
  if (required.amount.greaterThan(available)) {
    return refused(
      refusal(
        'available_balance',
        'insufficient_balance',
        `${holdAsset}: the order needs ${needed.toString()} and ${free.toString()} is available`,
        { limit: free, actual: needed },
      ),
    );
  }
  return passed(free, needed);
};
