/** The shape of an error, for the documentation. */
import { z } from 'zod';
import { PROBLEMS, type ProblemCode } from '../problems/table.ts';

export const problemCode = z.enum(Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]]).meta({
  id: 'ProblemCode',
  description: 'What is wrong, for programs: docs/errors.md has each with what to do.',
});

/** Decimals are text; counts, versions and sizes are numbers. */
const figure = z.union([z.string(), z.number()]).nullable();

export const problemView = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: problemCode,
    request_id: z.string(),
    order_id: z.string().optional(),
    errors: z
      .array(z.object({ field: z.string(), reason: z.string(), in: z.string().optional() }))
      .optional(),
    rule: z.string().optional(),
    limit: figure.optional(),
    actual: figure.optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 application/problem+json.' });
