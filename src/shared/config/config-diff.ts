import { createTwoFilesPatch } from 'diff';
import { parseJson5 } from './json5-document.ts';
import { redactJson5 } from './redact-json5.ts';

/**
 * What a person is shown before a file is written: a unified diff of the redacted texts, empty where nothing changes.
 * `before` is null for a file that is not there yet.
 */
export function configDiff(file: string, before: string | null, after: string): string {
  if (before === after) return '';
  const old = parseJson5(before ?? '{}');
  const shown = redactJson5(after, old.ok ? old.document.value : undefined);
  const options = {
    context: 3,
    headerOptions: { includeIndex: false, includeUnderline: false, includeFileHeaders: true },
  };
  return createTwoFilesPatch(
    before === null ? '/dev/null' : file,
    file,
    before === null ? '' : redactJson5(before),
    shown,
    undefined,
    undefined,
    options,
  );
}
