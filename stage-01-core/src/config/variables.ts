import { text } from './read-config.ts';

/** Every variable of this stage. A later stage writes `{ ...inherited, PORT: … }`. */
export const variables = {
  DATA_FILE: text({ wants: 'the path of the JSON file that keeps the patients', fallback: 'patients.json' }),
};
