import type { DoctorStep } from '../../shared/contract/doctor.ts';
import { describeStep } from '../../shared/doctor-text.ts';
import type { AppError, ErrorDetails } from '../../shared/errors.ts';
import { en } from '../../shared/i18n/en/index.ts';
import { createTranslator } from '../../shared/i18n/index.ts';
import { oneLine } from '../../shared/printable.ts';

export type ReportOptions = { readonly withNames: boolean };

/**
 * The climb as text to copy, always in English. Without names, a value is shown only where its place in the sentence
 * and its form both say that it names nobody: what a server or a person could have written freely is left out. So no
 * token, key, fingerprint, user name, host, address or path gets in, whatever it looks like.
 */
export function doctorReport(steps: readonly DoctorStep[], { withNames }: ReportOptions): string {
  const t = createTranslator('en');
  const lines = steps.flatMap((given) => {
    const step = withNames ? given : redact(given);
    const { title, evidence, problem, fix } = describeStep(step, t);
    const ms = step.ms === null ? '' : ` (${t('doctor.cli.ms', { ms: step.ms })})`;
    const told = [
      evidence,
      problem && `${step.error?.code}: ${problem.title}. ${problem.body}`,
      fix && t('doctor.cli.fix', { fix: fix.sentence }),
      fix?.command && `${t(`doctor.cli.where.${fix.command.where}`)} ${fix.command.line}`,
    ];
    const head = `${t(`doctor.status.${step.status}`).padEnd(8)}${title}${ms}`;
    return [head, ...told.flatMap((line) => (line ? [`        ${oneLine(line)}`] : []))];
  });
  return `${[t('doctor.report.title'), ...lines].join('\n')}\n`;
}

/** The forms of the two Gateways' versions; three numbers are no address. */
const isVersion = /^(20\d\d|0)\.\d{1,3}\.\d{1,3}$/;

/** Values that name nobody, by the form that they must have. Everything else is left out. */
const harmless: Record<string, RegExp> = {
  version: isVersion,
  software: /^OpenSSH_\d{1,2}\.\d{1,2}(p\d)?$/,
  keyType: /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521))$/,
  bodyKind: /^(empty|html|json|text|binary)$/,
  method: /^(token|password|device-token|trusted-proxy|none)$/,
  /** What OpenSSL says of a certificate that nobody vouches for. */
  reason:
    /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_(GET_ISSUER_CERT(_LOCALLY)?|VERIFY_LEAF_SIGNATURE))$/,
  errno:
    /^(ENOTFOUND|ENODATA|EAI_AGAIN|ECONN(REFUSED|RESET|ABORTED)|E(HOST|NET)UNREACH|ETIMEDOUT|EPIPE|EACCES|EPERM)$/,
};

/** Numbers are ports, counts and times. */
function redactValue(key: string, value: string | number): string | number {
  if (typeof value === 'number') return value;
  const form = harmless[key];
  if (form?.test(value)) return value;
  // The first word of a greeting is the software, what follows is the host's own.
  const first = value.split(' ', 1)[0] ?? '';
  if (key === 'software' && form?.test(first)) return first;
  return `<${key}>`;
}

function redact(step: DoctorStep): DoctorStep {
  const { evidence, error, fix } = step;
  const key = evidence?.key ?? '';
  return {
    ...step,
    evidence:
      evidence && key in en.doctor.evidence
        ? {
            key,
            values: Object.fromEntries(
              Object.entries(evidence.values).map(([name, value]) => [name, redactValue(name, value)]),
            ),
          }
        : null,
    error: error && redactError(error),
    // A command may name a host or a file; the sentence says the same without.
    fix: fix?.kind === 'command' ? { kind: 'action', action: 'retry' } : fix,
  };
}

function redactError(error: AppError): AppError {
  const details: ErrorDetails = {};
  for (const [name, value] of Object.entries(error.details ?? {})) {
    if (name === 'cause') {
      if (isCause(error.code, value)) details.cause = value;
    } else if (typeof value === 'string' || typeof value === 'number') {
      details[name] = redactValue(name, value);
    } else if (typeof value !== 'boolean') {
      details[name] = `<${name}>`;
    }
  }
  return { ...error, message: '', details };
}

/** A cause becomes a sentence of the catalogue, or would stand there as it is. */
function isCause(code: string, cause: unknown): cause is string {
  const causes = (en.causes as Record<string, Record<string, string>>)[code];
  return typeof cause === 'string' && causes !== undefined && Object.hasOwn(causes, cause);
}
