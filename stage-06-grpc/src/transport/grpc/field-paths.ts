/** Where a request of gRPC has another name for a field than the domain; by the pointer into the domain's input. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  '/from': 'from_date',
  '/to': 'to_date',
  '/after': 'resume_after',
};
const POINTERS = Object.fromEntries(Object.entries(OTHER_NAMES).map(([pointer, field]) => [field, pointer]));

/** `/weekly/0/from`, a JSON Pointer into the domain's input, as the way into a message: `weekly[0].from`. */
export function fieldOfPointer(pointer: string): string {
  const steps = pointer.split('/').slice(1).map(fieldOfStep);
  return OTHER_NAMES[pointer] ?? steps.join('').replace(/^\./, '');
}

/** The way back: a pointer goes to the other side and returns as it was. */
export function pointerOfField(field: string): string {
  if (field === '') return '';
  const steps = field.replaceAll(/\[(\d+)\]/g, '.$1').split('.');
  return POINTERS[field] ?? `/${steps.map(toCamelCase).join('/')}`;
}

function fieldOfStep(step: string): string {
  return /^\d+$/.test(step) ? `[${step}]` : `.${toSnakeCase(step)}`;
}

function toSnakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function toCamelCase(name: string): string {
  return name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
