/** A process of `concurrent-writers.test.ts`: file, name and rounds are its arguments, a tally is its message. */
import { createConfigService } from './config-service.ts';

const [file = '', name = '', rounds = '0'] = process.argv.slice(2);
const service = createConfigService(
  { file, stateDir: file, profile: null, includeRoots: [], readOnlyBy: null },
  {},
);
const tally = { written: 0, conflicts: 0, others: [] as string[] };
for (let round = 0; round < Number(rounds); round += 1) {
  const plan = await service.plan([{ tag: 'set', path: ['writers', name, `n${round}`], value: round }]);
  const applied = plan.ok ? await service.apply(plan.value) : plan;
  if (applied.ok) tally.written += 1;
  else if (applied.error.code === 'CONFIG_CONFLICT') tally.conflicts += 1;
  else tally.others.push(applied.error.code);
}
process.send?.(tally);
process.disconnect?.();
