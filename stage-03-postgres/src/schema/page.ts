import { patientPageQuerySchema, patientPageSchema } from '@medcenter/stage-02-http/schema';

/** The parameters with which any list is read in pages. */
export const { limit: limitSchema, cursor: cursorSchema } = patientPageQuerySchema.properties;

/** A page of records of one schema. */
export function pageSchema(items: object): object {
  return {
    ...patientPageSchema,
    properties: { ...patientPageSchema.properties, items: { type: 'array', items } },
  };
}
