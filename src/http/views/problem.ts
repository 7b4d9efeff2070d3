/** The shape of an error, for the documentation. */
import { z } from 'zod';

export const problemView = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
    request_id: z.string(),
    order_id: z.string().optional(),
    errors: z
      .array(z.object({ field: z.string(), reason: z.string(), in: z.string().optional() }))
      .optional(),
    rule: z.string().optional(),
    limit: z.unknown().optional(),
    actual: z.unknown().optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 application/problem+json.' });
