import type { DoctorFix } from '../../shared/contract/doctor.ts';
import { approvalCommand, isRequestId } from '../../shared/doctor-text.ts';
import { type AppError, errorTable } from '../../shared/errors.ts';

const here = (command: string): DoctorFix => ({ kind: 'command', command, where: 'here' });
const there = (command: string): DoctorFix => ({ kind: 'command', command, where: 'remote' });
const press = (action: Extract<DoctorFix, { kind: 'action' }>['action']): DoctorFix => ({
  kind: 'action',
  action,
});

/** What of the plan decides about a fix. */
export type FixContext = {
  readonly mode: 'local' | 'remote' | 'direct';
  readonly usesOpenssh: boolean;
};

/** The one thing to do about a rung that failed. */
export function fixFor(error: AppError, { mode, usesOpenssh }: FixContext): DoctorFix {
  switch (error.code) {
    case 'SSH_HOST_KEY_CHANGED':
      return press('reviewHostKey');
    case 'SSH_KEX_FAILED':
    case 'SSH_NEEDS_OPENSSH':
      return press(usesOpenssh ? 'retry' : 'useOpenssh');
    case 'SSH_LOCAL_NETWORK_BLOCKED':
      return here('open "x-apple.systempreferences:com.apple.preference.security?Privacy_LocalNetwork"');
    case 'FORWARD_PROHIBITED':
      return there('sudo sshd -T | grep -iE "allowtcpforwarding|permitopen"');
    case 'FORWARD_NOTHING_LISTENING':
      return there('openclaw gateway start');
    case 'GATEWAY_PAIRING_REQUIRED':
      return approval(error, mode);
    case 'GATEWAY_PROTOCOL_MISMATCH':
      return isGatewayOlder(error) && mode !== 'local' ? there('openclaw update') : press('retry');
    default:
      return press(errorTable[error.code].fix === 'openSettings' ? 'openSettings' : 'retry');
  }
}

/** In remote mode the button runs the same command over SSH. */
function approval(error: AppError, mode: FixContext['mode']): DoctorFix {
  const requestId = error.details?.requestId;
  const command = approvalCommand(requestId);
  if (command === null) return press('retry');
  if (mode === 'remote' && isRequestId(requestId)) return press('approvePairing');
  return mode === 'direct' ? there(command) : here(command);
}

function isGatewayOlder({ details }: AppError): boolean {
  return (
    typeof details?.ours === 'number' && typeof details.theirs === 'number' && details.theirs < details.ours
  );
}
