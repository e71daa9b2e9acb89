import { type TunnelStepId, tunnelStepIds } from '../../shared/contract/tunnel-service.ts';
import { type AppError, appError, type Translate } from '../../shared/errors.ts';
import { err, ok, type Result } from '../../shared/result.ts';

/** A step as it is typed and shown: `ssh-config`. */
export const stepName = (id: TunnelStepId) => id.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** `token,ssh-config`, with the name of the catalogue of the contract taken as well (`sshConfig`). */
export function parseSteps(text: string | undefined, t: Translate): Result<readonly TunnelStepId[]> {
  const found: TunnelStepId[] = [];
  for (const word of (text ?? '').split(',').map((part) => part.trim())) {
    if (word === '') continue;
    const id = tunnelStepIds.find((one) => one === word || stepName(one) === word.toLowerCase());
    if (id === undefined) {
      const steps = tunnelStepIds.map(stepName).join(', ');
      return err(usage(t('tunnelService.cli.unknownStep', { step: word, steps })));
    }
    found.push(id);
  }
  return ok(found);
}

export function usage(reason: string): AppError {
  return appError('CLI_USAGE', reason, { details: { reason, help: 'chela tunnel --help' } });
}
