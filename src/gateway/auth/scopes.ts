/** Operator scopes (observed) that this Gateway's methods and events ask for. */
export type OperatorScope =
  | 'operator.read'
  | 'operator.write'
  | 'operator.admin'
  | 'operator.approvals'
  | 'operator.questions'
  | 'operator.pairing';

/** Admin stands for every operator scope and write for read; any other name stands for itself only. */
export function scopeGranted(granted: readonly string[], scope: string): boolean {
  if (granted.includes(scope)) return true;
  if (!scope.startsWith('operator.')) return false;
  if (granted.includes('operator.admin')) return true;
  return scope === 'operator.read' && granted.includes('operator.write');
}

export function scopesGranted(granted: readonly string[], requested: readonly string[]): boolean {
  return requested.every((scope) => scopeGranted(granted, scope));
}
