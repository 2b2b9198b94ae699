import type { Role } from '../../domain/index.ts';

/**
 * Who may use a route: anybody; anybody who has signed in; or these roles, for all records or for those that are
 * their own.
 */
export type AccessRule = 'anybody' | 'signed in' | Readonly<Partial<Record<Role, 'all' | 'own'>>>;

export type AccessRules = Readonly<Record<string, AccessRule>>;

const admin = { admin: 'all' } as const;
const desk = { ...admin, receptionist: 'all' } as const;
const staff = { ...desk, doctor: 'all' } as const;

/** Role by route. A route that is not here answers nobody, and a test walks them all. A later stage adds its own. */
export const accessRules: AccessRules = {
  'GET /health': 'anybody',
  'GET /openapi.json': 'anybody',
  'GET /docs': 'anybody',
  'GET /docs/*': 'anybody',

  'POST /auth/login': 'anybody',
  'POST /auth/logout': 'signed in',

  'GET /api/v1/patients': staff,
  'GET /api/v1/patients/:id': staff,
  'POST /api/v1/patients': desk,
  'PUT /api/v1/patients/:id': desk,
  'DELETE /api/v1/patients/:id': desk,

  'GET /api/v1/doctors': staff,
  'GET /api/v1/doctors/:id': staff,
  'POST /api/v1/doctors': admin,
  'PUT /api/v1/doctors/:id': admin,
  'DELETE /api/v1/doctors/:id': admin,

  'GET /api/v1/appointments': staff,
  'GET /api/v1/appointments/:id': staff,
  'POST /api/v1/appointments': desk,
  'PATCH /api/v1/appointments/:id': { ...desk, doctor: 'own' },

  'GET /api/v1/audit': admin,
};

/** The rule for a route, by its pattern. HEAD is GET without a body; what is under `/docs` is one page. */
export function ruleOf(rules: AccessRules, method: string, url: string): AccessRule | undefined {
  if (method === 'OPTIONS') return 'anybody'; // It tells what a route is like, and does nothing.
  const path = url.startsWith('/docs/') ? '/docs/*' : url;
  return rules[`${method === 'HEAD' ? 'GET' : method} ${path}`];
}

/** For people: `admin, receptionist, doctor (their own)`. */
export function describeRule(rule: AccessRule): string {
  if (typeof rule === 'string') return rule;
  return Object.entries(rule)
    .map(([role, scope]) => (scope === 'own' ? `${role} (their own)` : role))
    .join(', ');
}
