import { newestDuplicateCandidate } from '../../order/duplicate-index.ts';
import { steadyTimeOf } from '../../portfolio/steady-time.ts';
import { refusal } from '../refusal.ts';
import { PASSED, refused, type RiskRule } from '../rule.ts';

/**
 * The same order again within the window, where neither carries a client id: with ids, the caller has said that they
 * are two. Off by default.
 */
export const duplicateOrder: RiskRule = ({ state, request, context, excluding, closing }) => {
  const windowMs = context.limits.duplicateWindowMs;
  if (windowMs <= 0 || closing || excluding !== null || request.clientOrderId !== null) return PASSED;
  const like = newestDuplicateCandidate(state, request);
  if (like === null) return PASSED;
  const ageMs = steadyTimeOf(state, context.at) - like.countedFrom;
  if (ageMs >= windowMs) return PASSED;
  return refused(
    refusal('duplicate_order', 'duplicate_order', `the same as order ${like.orderId} ${ageMs} ms before`, {
      limit: windowMs,
      actual: ageMs,
    }),
  );
};
