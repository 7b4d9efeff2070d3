/** The proof that an answer to a create gives, in one word or two: `refused filter`. */
import type { Classified } from '../write.ts';

export function proofIn(classified: Classified): string {
  switch (classified.kind) {
    case 'refused':
      return `refused ${classified.reason.kind}`;
    case 'not_sent':
      return `not_sent ${classified.reason}`;
    case 'unknown':
    case 'answered':
      return classified.kind;
  }
}
